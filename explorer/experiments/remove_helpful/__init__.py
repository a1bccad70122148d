"""Han, Wallace & Tsvetkov 2020: leave out the most helpful tenth of the training set, fit again, and look at the prediction."""
