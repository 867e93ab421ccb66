namespace Fed.Learning.Files.Onnx;

/// <summary>Element types, by their numbers in ONNX's TensorProto.DataType.</summary>
internal enum OnnxType
{
    Float = 1,
    Int64 = 7,
    Bool = 9,
    Double = 11,
}
