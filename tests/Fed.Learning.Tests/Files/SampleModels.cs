using Fed.Learning.Files;

namespace Fed.Learning.Tests.Files;

internal static class SampleModels
{
    public static ExportedModel Tiny { get; } = new()
    {
        Name = "tiny",
        Kind = "logistic",
        Features = ["age", "Größe \"cm\""],
        Classes = ["0", "1"],
        Job = "j1",
        Round = 7,
        Sha256 = "ab",
        Tensors = [new ExportedTensor("coefficients", [2], [0.5, -2]), new ExportedTensor("intercept", [1], [1])],
    };

    public static byte[] Bytes(ExportedModel model)
    {
        using var stream = new MemoryStream();
        ModelFile.Write(model, ModelFormat.Safetensors, stream);
        return stream.ToArray();
    }

    public static ExportedModel Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return ModelFile.Read(ModelFormat.Safetensors, stream);
    }

    /// <summary>All fields by value: records compare their arrays by reference.</summary>
    public static void AssertSame(ExportedModel expected, ExportedModel actual)
    {
        Assert.Equal((expected.Name, expected.Kind, expected.Job, expected.Round, expected.Sha256), (actual.Name, actual.Kind, actual.Job, actual.Round, actual.Sha256));
        Assert.Equal(expected.Features.AsEnumerable(), actual.Features);
        Assert.Equal(expected.Classes.AsEnumerable(), actual.Classes);
        Assert.Equal(expected.Tensors.Length, actual.Tensors.Length);
        foreach ((ExportedTensor mine, ExportedTensor theirs) in expected.Tensors.Zip(actual.Tensors))
        {
            Assert.Equal(mine.Name, theirs.Name);
            Assert.Equal(mine.Shape.AsEnumerable(), theirs.Shape);
            Assert.Equal(mine.Values.Select(BitConverter.DoubleToInt64Bits), theirs.Values.Select(BitConverter.DoubleToInt64Bits));
        }
    }
}
