"""Han, Wallace & Tsvetkov 2020: influence against saliency on the same prediction, and the saliency of the influence itself."""
