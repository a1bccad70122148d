"""Han, Wallace & Tsvetkov 2020, §5: a patch planted in one class, which influence reveals and saliency alone does not."""
