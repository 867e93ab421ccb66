using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Fed.Learning.Data;
using Fed.Learning.Data.Sources;
using Fed.Learning.Files;
using Fed.Learning.Tests.Data.Support;

namespace Fed.Learning.Tests.Data.Sources;

/// <summary>npy, idx and safetensors files: what they hold, and what damaged ones are refused for.</summary>
public sealed class ArraySourceTests : IDisposable
{
    // numpy.save of NumPy 1.24.2: [[1.5, -2], [0.25, nan]] as <f4, [[1, -2], [300, 4]] as >i2, [[True, False]], [0, 2, 1] as u1, and a 2 x 3 array in Fortran order.
    private const string Floats = "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAAwAAAgD4AAMB/";
    private const string Shorts = "k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAf/+ASwABA==";
    private const string Booleans = "k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==";
    private const string Labels = "k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAgE=";
    private const string ByColumns = "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAhAAAAAAAAA8D8AAAAAAAAQQAAAAAAAAABAAAAAAAAAFEA=";

    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Npy_files_of_numpy_are_read_in_their_types_and_byte_orders()
    {
        DataTable floats = TableReader.Read(Npy(Floats), Tables.Schema("x1", new ColumnSpec("x1", ColumnKind.Numeric, MissingPolicy.DropRow)));
        Assert.Equal([1.5], floats.All.Values);   // the row whose target is nan is dropped
        Assert.Equal([-2], floats.All.Targets);
        DataTable shorts = TableReader.Read(Npy(Shorts), Tables.Schema("x0"));
        Assert.Equal([-2, 4], shorts.All.Values);
        Assert.Equal([1, 300], shorts.All.Targets);
        Assert.Equal([0], TableReader.Read(Npy(Booleans), Tables.Schema("x0")).All.Values);
    }

    [Fact]
    public void Missing_number_of_an_array_is_nan() =>
        Assert.Contains("row 1, column 'x1' is empty", Tables.Refused(Npy(Floats), Tables.Schema("x0")), StringComparison.Ordinal);

    [Fact]
    public void Labels_stand_under_the_name_of_the_target()
    {
        string features = _folder.Write("x.npy", MakeNpy("<f8", "(3, 2)", 48)), labels = _folder.Write("y.npy", Convert.FromBase64String(Labels));
        DataTable table = TableReader.Read(new ArraySource(ArrayFormat.Npy, features, labels), Tables.Schema("digit") with { Classes = 3 });
        Assert.Equal(["x0", "x1"], table.Features);
        Assert.Equal([0, 2, 1], table.All.Targets);
        Assert.Contains("row 1, column 'digit' holds '2', but the model has the classes 0 to 1",
            Tables.Refused(new ArraySource(ArrayFormat.Npy, features, labels), Tables.Schema("digit") with { Classes = 2 }), StringComparison.Ordinal);
        Assert.Contains("cannot be called 'x0'", Tables.Refused(new ArraySource(ArrayFormat.Npy, features, labels), Tables.Schema("x0")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<f8", "(2, 2)", 24, "says that its shape is [2, 2], but 24 bytes of data follow")]
    [InlineData("<f8", "(1000000, 1000000)", 8, "says that its shape is [1000000, 1000000], but 8 bytes")]
    [InlineData("<f8", "(99999999999, 1)", 8, "has an axis of length 99999999999")]
    [InlineData("<c16", "(1, 1)", 16, "holds elements of type '<c16'")]
    [InlineData("|O", "(1, 1)", 8, "holds elements of type '|O'")]
    [InlineData("<M8[s]", "(1, 1)", 8, "holds elements of type '<M8[s]'")]
    [InlineData("<f8", "()", 8, "holds a single number")]
    [InlineData("<f8", "(0, 2)", 0, "has no rows: its shape is [0, 2]")]
    [InlineData("|u1", "(0, 2000000000)", 0, "has no rows")]
    [InlineData("<f8", "(0, 2000000000)", 0, "says that its shape is [0, 2000000000]")]
    [InlineData("<f8", "(0, 65536, 65536)", 0, "says that its shape is [0, 65536, 65536]")]
    public void Npy_header_that_lies_or_asks_too_much_is_refused_before_anything_is_allocated(string type, string shape, int bytes, string expected)
    {
        string path = _folder.Write("x.npy", MakeNpy(type, shape, bytes));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(expected, Tables.Refused(new ArraySource(ArrayFormat.Npy, path), Tables.Schema("x0")), StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Npy_file_that_is_none_or_stands_in_columns_is_refused()
    {
        Assert.Contains("is no .npy file", Tables.Refused(new ArraySource(ArrayFormat.Npy, _folder.Write("a.npy", "a,b\n1,2\n3,4\n")), Tables.Schema("x0")), StringComparison.Ordinal);
        Assert.Contains("stored column by column", Tables.Refused(Npy(ByColumns), Tables.Schema("x0")), StringComparison.Ordinal);
        Assert.Contains("of .npy version 9", Tables.Refused(new ArraySource(ArrayFormat.Npy, _folder.Write("v.npy", [0x93, .. "NUMPY"u8, 9, 0, 0, 0, 0, 0])), Tables.Schema("x0")), StringComparison.Ordinal);
        Assert.Contains("does not exist", Tables.Refused(new ArraySource(ArrayFormat.Npy, _folder["nowhere.npy"]), Tables.Schema("x0")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Idx_files_give_training_rows_and_test_rows(bool isCompressed)
    {
        ArraySource source = new(
            ArrayFormat.Idx, Idx("a", isCompressed, 8, [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), Idx("b", isCompressed, 8, [2], [0, 1]), Idx("c", isCompressed, 8, [1, 2, 2], [9, 9, 9, 255]), Idx("d", isCompressed, 8, [1], [1]));
        DataTable table = TableReader.Read(source, new DataSchema([], "y", new SplitRule.ByColumn("set"), Classes: 2));
        Assert.Equal(["x0", "x1", "x2", "x3"], table.Features);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 255], table.All.Values);
        Assert.Equal([0, 1, 1], table.All.Targets);
        Assert.Equal([RowRole.Train, RowRole.Train, RowRole.Test], table.Roles);
    }

    [Fact]
    public void Idx_types_are_big_endian()
    {
        byte[] floats = new byte[8];
        BinaryPrimitives.WriteSingleBigEndian(floats, 1.5f);
        BinaryPrimitives.WriteSingleBigEndian(floats.AsSpan(4), -3);
        DataTable table = TableReader.Read(new ArraySource(ArrayFormat.Idx, Idx("f", false, 0x0D, [1, 2], floats)), Tables.Schema("x1"));
        Assert.Equal((1.5, -3.0), (table.All.Values[0], table.All.Targets[0]));
    }

    [Fact]
    public void Damaged_idx_files_are_refused()
    {
        Refused("begin with two zero bytes", _folder.Write("text", "hello"));
        Refused("has the element type 0x07", Idx("t", false, 7, [1], [1]));
        Refused("has 0 axes", Idx("n", false, 8, [], []));
        Refused("is cut off", Idx("s", false, 8, [2, 2], [1, 2, 3]));
        Refused("is cut off", _folder.Write("h", [0, 0, 8, 2, 0, 0, 0]));
        Refused("has more bytes than its axes say", Idx("l", false, 8, [1, 2], [1, 2, 3]));
        byte[] packed = File.ReadAllBytes(Idx("p", true, 8, [2, 2], [1, 2, 3, 4]));
        Refused("is damaged or cut off", _folder.Write("cut.gz", packed.AsSpan(0, packed.Length - 10)), "is cut off");
        packed[15] ^= 0xFF;
        Refused("is damaged or cut off", _folder.Write("bad.gz", packed), "cut off");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Idx_header_that_asks_too_much_is_refused_before_anything_is_allocated(bool isCompressed)
    {
        string impossible = Idx("i", isCompressed, 8, [int.MaxValue, int.MaxValue], []), huge = Idx("g", isCompressed, 8, [2_000_000_000], [1]), negative = Idx("m", isCompressed, 8, [-1], [1]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused("which is more than can be read", impossible);
        Refused("is cut off", huge);
        Refused("which is more than can be read", negative);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 8 << 20);
    }

    [Fact]
    public void Safetensors_give_features_and_labels_by_name()
    {
        TensorFile file = new([Tensor.Create<float>("images", [2, 1, 2], [1, 2, 3, 4]), Tensor.Create<long>("labels", [2], [1, 0]), Tensor.Create<byte>("more", [1, 2], [7, 8]), Tensor.Create<int>("answers", [1], [1])]);
        string path = _folder.Write("d.safetensors", Safetensors.Write(file));
        DataTable table = TableReader.Read(
            new ArraySource(ArrayFormat.Safetensors, path, "labels", TestLabels: "answers", Features: "images", TestFeatures: "more"), new DataSchema([], "y", new SplitRule.ByColumn("set"), Classes: 2));
        Assert.Equal([1, 2, 3, 4, 7, 8], table.All.Values);
        Assert.Equal([1, 0, 1], table.All.Targets);
        Assert.Contains("has no tensor 'pixels'; it has images, labels", Tables.Refused(new ArraySource(ArrayFormat.Safetensors, path, "labels", Features: "pixels"), Tables.Schema("y")), StringComparison.Ordinal);
        Assert.Contains("is no safetensors file, or is damaged", Tables.Refused(new ArraySource(ArrayFormat.Safetensors, _folder.Write("x.safetensors", "no")), Tables.Schema("y")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0,3000000000")]
    [InlineData("0,2000000000")]
    [InlineData("0,65536,65536,65536")]
    public void Safetensors_of_no_rows_and_countless_columns_are_refused_before_anything_is_allocated(string shape)
    {
        byte[] header = Encoding.UTF8.GetBytes($"{{\"x\":{{\"dtype\":\"F64\",\"shape\":[{shape}],\"data_offsets\":[0,0]}}}}"), file = new byte[8 + header.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        string path = _folder.Write("wide.safetensors", file);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("which is more than can be read", Tables.Refused(new ArraySource(ArrayFormat.Safetensors, path), Tables.Schema("x0")), StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Lengths_that_do_not_agree_are_named()
    {
        string three = Idx("x3", false, 8, [3, 2], [1, 2, 3, 4, 5, 6]), two = Idx("y2", false, 8, [2], [0, 1]), wide = Idx("w", false, 8, [1, 3], [1, 2, 3]);
        Assert.Contains("has 2 labels, but", Tables.Refused(new ArraySource(ArrayFormat.Idx, three, two), Tables.Schema("y")), StringComparison.Ordinal);
        Assert.Contains("has rows of 3 numbers, but", Tables.Refused(new ArraySource(ArrayFormat.Idx, three, TestPath: wide), Tables.Schema("x0")), StringComparison.Ordinal);
        Assert.Contains("labels are one number a row", Tables.Refused(new ArraySource(ArrayFormat.Idx, three, three), Tables.Schema("y")), StringComparison.Ordinal);
    }

    [Fact]
    public void Mnist_of_the_repository_has_its_published_size()
    {
        static string path(string part) => Fed.Learning.Tests.Support.RepositoryFiles.Find("examples", "data", "mnist6k", part);
        ArraySource source = new(ArrayFormat.Idx, path("train-images-idx3-ubyte.gz"), path("train-labels-idx1-ubyte.gz"), path("test-images-idx3-ubyte.gz"), path("test-labels-idx1-ubyte.gz"));
        DataTable table = TableReader.Read(source, new DataSchema([], "digit", new SplitRule.ByColumn("set"), Classes: 10));
        Assert.Equal((6000, 784, 1000), (table.All.Rows, table.All.Columns, table.Roles.Count(static role => role == RowRole.Test)));
        Assert.All(table.All.Targets.GroupBy(static y => y), static of => Assert.Equal(600, of.Count()));
        ImmutableArray<SiteData> sites = Partitioner.Divide(table, new PartitionSource.FromFile(path("partitions.csv"), "iid"), 10);
        Assert.Equal((10, 5000), (sites.Length, sites.Sum(static site => site.Train.Rows)));
        Assert.All(sites, static site => Assert.Equal(100, site.Test.Rows));   // the partition speaks of training rows; test rows are dealt out in turn
    }

    private void Refused(string expected, string path, string? or = null)
    {
        string message = Tables.Refused(new ArraySource(ArrayFormat.Idx, path), Tables.Schema("x0"));
        Assert.True(message.Contains(expected, StringComparison.Ordinal) || (or is not null && message.Contains(or, StringComparison.Ordinal)), message);
    }

    private ArraySource Npy(string base64) => new(ArrayFormat.Npy, _folder.Write($"{Guid.NewGuid():n}.npy", Convert.FromBase64String(base64)));

    private static byte[] MakeNpy(string type, string shape, int bytes)
    {
        byte[] header = Encoding.ASCII.GetBytes($"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}\n");
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. new byte[bytes]];
    }

    private string Idx(string name, bool isCompressed, byte type, int[] shape, byte[] elements)
    {
        using MemoryStream bytes = new();
        using (Stream to = isCompressed ? new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true) : bytes)
        {
            Span<byte> axis = stackalloc byte[4];
            to.Write([0, 0, type, (byte)shape.Length]);
            foreach (int length in shape)
            {
                BinaryPrimitives.WriteInt32BigEndian(axis, length);
                to.Write(axis);
            }
            to.Write(elements);
        }
        return _folder.Write(name + (isCompressed ? ".gz" : ""), bytes.ToArray());
    }
}
