using System.Runtime.InteropServices;
using Fed.Learning.Data.Arrays;
using Fed.Learning.Files;

namespace Fed.Learning.Data.Sources;

/// <summary>Formats of array files.</summary>
public enum ArrayFormat
{
    /// <summary>NumPy's .npy.</summary>
    Npy,

    /// <summary>MNIST's idx, plain or gzip-compressed.</summary>
    Idx,

    /// <summary>Tensors of one safetensors file.</summary>
    Safetensors,
}

/// <summary>
/// Arrays whose first axis counts rows. The numbers of a row are the columns <c>x0, x1, ...</c>, row-major ([channels, height, width] for images); labels stand under the target's name. With test arrays
/// beside, the column <c>set</c> says <c>train</c> or <c>test</c>.
/// </summary>
/// <param name="Format">Of all files.</param>
/// <param name="Path">File with the features; for safetensors the one file.</param>
/// <param name="Labels">File (safetensors: tensor) with one label a row; null where the target is one of the columns.</param>
/// <param name="TestPath">File with the features of test rows; null where a split chooses them.</param>
/// <param name="TestLabels">Their labels.</param>
/// <param name="Features">Safetensors: the tensor with the features.</param>
/// <param name="TestFeatures">Safetensors: the tensor with the features of test rows, or null.</param>
public sealed record ArraySource(
    ArrayFormat Format, string Path, string? Labels = null, string? TestPath = null, string? TestLabels = null, string Features = "x", string? TestFeatures = null) : DataSource
{
    private const long BytesMax = 1L << 31;

    /// <summary>True where test rows come from arrays of their own.</summary>
    public bool HasTest => (Format == ArrayFormat.Safetensors ? TestFeatures : TestPath) is not null;

    /// <inheritdoc/>
    public override string Name => TestPath is null ? Path : $"{Path} with {TestPath}";

    /// <inheritdoc/>
    public override IRowReader Open(DataSchema schema)
    {
        if (Format == ArrayFormat.Safetensors) return OpenTensors(schema);
        (NumericArray, NumericArray?) train = (Read(Path), Labels is null ? null : Read(Labels));
        return TestPath is null
            ? new ArrayRows(Name, schema.Target, showsSet: false, train)
            : new ArrayRows(Name, schema.Target, showsSet: true, train, (Read(TestPath), TestLabels is null ? null : Read(TestLabels)));
    }

    private NumericArray Read(string path) => Format == ArrayFormat.Npy ? NpyFile.Read(path) : IdxFile.Read(path);

    private ArrayRows OpenTensors(DataSchema schema)
    {
        TensorFile file;
        try
        {
            file = Safetensors.Read(DataFile.ReadAll(Path, BytesMax));
        }
        catch (SafetensorsFormatException e)
        {
            throw new DataException($"{Path} is no safetensors file, or is damaged: {e.Message.TrimEnd('.')}.", e);
        }
        (NumericArray, NumericArray?) train = (Tensor(file, Features), Labels is null ? null : Tensor(file, Labels));
        return TestFeatures is null
            ? new ArrayRows(Name, schema.Target, showsSet: false, train)
            : new ArrayRows(Name, schema.Target, showsSet: true, train, (Tensor(file, TestFeatures), TestLabels is null ? null : Tensor(file, TestLabels)));
    }

    private NumericArray Tensor(TensorFile file, string name)
    {
        Tensor tensor = file.Find(name) ?? throw new DataException($"{Path} has no tensor '{name}'; it has {string.Join(", ", file.Tensors.Select(static t => t.Name))}.");
        if (tensor.Shape.IsEmpty) throw new DataException($"{Path}, tensor '{name}' is a single number; an array with one row per example is needed.");
        if (tensor.Shape.Any(static axis => axis > int.MaxValue) || NumericArray.ByteCount([.. tensor.Shape.Select(static axis => (int)axis)], ElementType.Float64) < 0)
            throw new DataException($"{Path}, tensor '{name}' has the shape [{string.Join(", ", tensor.Shape)}], which is more than can be read.");
        try
        {
            byte[] bytes = new byte[(long)tensor.Count * sizeof(double)];
            tensor.ToDoubles().CopyTo(MemoryMarshal.Cast<byte, double>(bytes.AsSpan()));
            return new NumericArray($"{Path}, tensor '{name}',", ElementType.Float64, IsBigEndian: !BitConverter.IsLittleEndian, [.. tensor.Shape.Select(static axis => (int)axis)], bytes);
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"{Path}: {e.Message.TrimEnd('.')}.", e);
        }
    }
}
