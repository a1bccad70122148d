"""Files of weights as bytes: which kind one is, and a reader of pickles that makes tensors and nothing else."""
