using Google.Protobuf;

namespace Fed.Learning.Files.Onnx;

/// <summary>A graph in ONNX's Protocol Buffers encoding, field by field. Messages are few and small, so that there is no generated code.</summary>
/// <remarks>Field numbers of the published onnx.proto, https://onnx.ai/onnx/repo-docs/IR.html; IR version 8, opset 17: what ONNX 1.12 and later read.</remarks>
internal static class OnnxWriter
{
    private const int IrVersion = 8;
    private const int Opset = 17;

    /// <summary>Name of the rows' axis, whose length is not fixed.</summary>
    private const string Rows = "rows";

    /// <summary>Writes a model. Equal graphs give equal bytes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="name">Of the model.</param>
    /// <param name="metadata">Strings that go with it.</param>
    /// <param name="output">Where to.</param>
    public static void Write(OnnxGraph graph, string name, IEnumerable<KeyValuePair<string, string>> metadata, Stream output)
    {
        using var model = new CodedOutputStream(output, leaveOpen: true);
        Number(model, 1, IrVersion);
        Text(model, 2, "FedActors");
        Message(model, 7, content => Graph(content, graph, name));
        Message(model, 8, static opset =>
        {
            Text(opset, 1, "");   // the default domain
            Number(opset, 2, Opset);
        });
        foreach ((string key, string value) in metadata)
        {
            Message(model, 14, entry =>
            {
                Text(entry, 1, key);
                Text(entry, 2, value);
            });
        }
    }

    private static void Graph(CodedOutputStream output, OnnxGraph graph, string name)
    {
        foreach (OnnxGraph.NodeInfo node in graph.Nodes) Message(output, 1, content => Node(content, node));
        Text(output, 2, name);
        foreach (Tensor tensor in graph.Initializers) Message(output, 5, content => Initializer(content, tensor));
        Message(output, 11, content => Value(content, graph.Input));
        foreach (OnnxGraph.ValueInfo result in graph.Outputs) Message(output, 12, content => Value(content, result));
    }

    private static void Node(CodedOutputStream output, OnnxGraph.NodeInfo node)
    {
        foreach (string input in node.Inputs) Text(output, 1, input);
        foreach (string result in node.Outputs) Text(output, 2, result);
        Text(output, 3, node.Name);
        Text(output, 4, node.Operation);
        foreach (OnnxAttribute attribute in node.Attributes) Message(output, 5, content => Attribute(content, attribute));
    }

    private static void Attribute(CodedOutputStream output, OnnxAttribute attribute)
    {
        const int Int = 2, Ints = 7;   // AttributeProto.AttributeType
        Text(output, 1, attribute.Name);
        foreach (long value in attribute.Values) Number(output, attribute.IsList ? 8 : 3, value);
        Number(output, 20, attribute.IsList ? Ints : Int);
    }

    private static void Initializer(CodedOutputStream output, Tensor tensor)
    {
        OnnxType type = tensor.Type switch
        {
            TensorType.F32 => OnnxType.Float,
            TensorType.F64 => OnnxType.Double,
            _ => OnnxType.Int64,
        };
        foreach (long axis in tensor.Shape) Number(output, 1, axis);
        Number(output, 2, (int)type);
        Text(output, 8, tensor.Name);
        output.WriteTag(9, WireFormat.WireType.LengthDelimited);   // raw_data: little-endian
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(tensor.Bytes));
    }

    private static void Value(CodedOutputStream output, OnnxGraph.ValueInfo value)
    {
        Text(output, 1, value.Value.Name);
        Message(output, 2, type => Message(type, 1, tensor =>
        {
            Number(tensor, 1, (int)value.Type);
            Message(tensor, 2, shape =>
            {
                Message(shape, 1, static axis => Text(axis, 2, Rows));
                foreach (int length in value.Value.Shape) Message(shape, 1, axis => Number(axis, 1, length));
            });
        }));
    }

    private static void Number(CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    private static void Text(CodedOutputStream output, int field, string value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    }

    private static void Message(CodedOutputStream output, int field, Action<CodedOutputStream> content)
    {
        using var bytes = new MemoryStream();
        using (var inner = new CodedOutputStream(bytes, leaveOpen: true)) content(inner);
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(bytes.GetBuffer().AsMemory(0, (int)bytes.Length)));
    }
}
