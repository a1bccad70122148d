"""Networks of other libraries: an ONNX file, timm's networks, a folder of Hugging Face; each library is an extra."""
