using Fed.Learning.Files;

namespace Fed.Learning.Tests.Files;

/// <summary>Our files read by numpy, and numpy's by us: every array comes back with one added (bits turned), metadata doubled.</summary>
public sealed class SafetensorsInteropTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fed-safetensors-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Numpy_reads_what_we_write_and_we_read_what_numpy_writes()
    {
        TensorFile ours = new(
            [
                Tensor.Create<byte>("three bytes first", [3], [1, 2, 254]),
                Tensor.Create<double>("f64", [2, 2], [0.5, -1e300, double.Epsilon, 1.0 / 3]),
                Tensor.Create<float>("f32", [3, 1], [1.5f, -2.25f, float.MinValue]),
                Tensor.Create<Half>("f16", [2], [(Half)1.5, (Half)(-3)]),
                Tensor.Create<long>("i64", [2], [long.MinValue, 41]),
                Tensor.Create<int>("i32", [1, 2], [-1, 7]),
                Tensor.Create<short>("i16", [1], [-300]),
                Tensor.Create<sbyte>("i8", [2], [-128, 5]),
                Tensor.Create<ulong>("u64", [1], [ulong.MaxValue - 1]),
                Tensor.Create<uint>("u32", [1], [uint.MaxValue - 1]),
                Tensor.Create<ushort>("u16", [1], [65_000]),
                Tensor.Create<bool>("bits", [2, 2], [true, false, false, true]),
                Tensor.Create<float>("nothing", [0, 4], []),
                Tensor.Create<double>("scalar", [], [Math.PI]),
                Tensor.Create<float>("Größe \"cm\"", [1], [180]),
            ],
            [new("note", "ü\n\"quoted\""), new("empty", "")]);

        TensorFile theirs = ThroughNumpy(ours);

        Assert.Equal(ours.Tensors.Select(static tensor => (tensor.Name, tensor.Type)), theirs.Tensors.Select(static tensor => (tensor.Name, tensor.Type)));
        Assert.All(ours.Tensors.Zip(theirs.Tensors), static pair => Assert.Equal(pair.First.Shape.AsEnumerable(), pair.Second.Shape));
        Assert.Equal([2, 3, 255], theirs.Find("three bytes first")!.ToArray<byte>());
        Assert.Equal([1.5, -1e300, 1, 1.0 / 3 + 1], theirs.Find("f64")!.ToArray<double>());
        Assert.Equal([2.5f, -1.25f, float.MinValue], theirs.Find("f32")!.ToArray<float>());
        Assert.Equal([(Half)2.5, (Half)(-2)], theirs.Find("f16")!.ToArray<Half>());
        Assert.Equal([long.MinValue + 1, 42], theirs.Find("i64")!.ToInt64s());
        Assert.Equal([0, 8], theirs.Find("i32")!.ToInt64s());
        Assert.Equal([-299], theirs.Find("i16")!.ToInt64s());
        Assert.Equal([-127, 6], theirs.Find("i8")!.ToInt64s());
        Assert.Equal([ulong.MaxValue], theirs.Find("u64")!.ToArray<ulong>());
        Assert.Equal([uint.MaxValue], theirs.Find("u32")!.ToInt64s());
        Assert.Equal([65_001], theirs.Find("u16")!.ToInt64s());
        Assert.Equal([false, true, true, false], theirs.Find("bits")!.ToArray<bool>());
        Assert.Equal([0, 1, 1, 0], theirs.Find("bits")!.ToDoubles());
        Assert.Equal(0, theirs.Find("nothing")!.Count);
        Assert.Equal([Math.PI + 1], theirs.Find("scalar")!.ToDoubles());
        Assert.Equal([181f], theirs.Find("Größe \"cm\"")!.ToSingles());
        Assert.Equal("ü\n\"quoted\"ü\n\"quoted\"", theirs.MetadataOf("note"));
        Assert.Equal("", theirs.MetadataOf("empty"));
    }

    [Fact]
    public void A_model_goes_through_numpy_and_stays_a_model()
    {
        ExportedModel doubled = SampleModels.Tiny with { Round = 77, Name = "tinytiny" };   // what the script makes of the strings
        ExportedTensor intercept = SampleModels.Tiny.Tensors[1];
        using (FileStream file = File.Create(Path.Combine(_folder.FullName, "model"))) ModelFile.Write(SampleModels.Tiny, ModelFormat.Safetensors, file);
        SystemPython.Run(["numpy"], "tensors.py", Path.Combine(_folder.FullName, "model"), Path.Combine(_folder.FullName, "back"));
        TensorFile back = Safetensors.Read(File.ReadAllBytes(Path.Combine(_folder.FullName, "back")));
        Assert.Equal((doubled.Name, doubled.Round.ToString()), (back.MetadataOf("name"), back.MetadataOf("round")));
        Assert.Equal(intercept.Values.Select(static value => value + 1), back.Find(intercept.Name)!.ToDoubles());
    }

    private TensorFile ThroughNumpy(TensorFile ours)
    {
        string mine = Path.Combine(_folder.FullName, "mine"), theirs = Path.Combine(_folder.FullName, "theirs");
        File.WriteAllBytes(mine, Safetensors.Write(ours));
        SystemPython.Run(["numpy"], "tensors.py", mine, theirs);
        using FileStream stream = File.OpenRead(theirs);
        TensorFile read = Safetensors.Read(stream);
        TensorFile mapped = Safetensors.Read((ReadOnlyMemory<byte>)File.ReadAllBytes(theirs));
        Assert.Equal(read.Tensors.Select(static tensor => Convert.ToHexString(tensor.Bytes.Span)), mapped.Tensors.Select(static tensor => Convert.ToHexString(tensor.Bytes.Span)));
        return read;
    }
}
