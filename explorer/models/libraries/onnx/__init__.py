"""ONNX files as networks: the graph is read, its last layer and its input are understood, ONNX Runtime computes."""
