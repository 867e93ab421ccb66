using System.Buffers.Binary;
using System.Text;
using Fed.Learning.Files;

namespace Fed.Learning.Tests.Files;

public sealed class SafetensorsTests
{
    private const string Metadata = """
        "__metadata__":{"format":"fedactors/1","name":"n","kind":"k","features":"[]","classes":"[]","job":"j","round":"1","sha256":"s"}
        """;

    [Fact]
    public void A_model_written_and_read_is_the_same_to_the_bit()
    {
        ExportedModel model = SampleModels.Tiny with
        {
            Tensors =
            [
                new ExportedTensor("coefficients", [2, 3], [double.Epsilon, -0.0, double.MaxValue, 1.0 / 3, -1e-300, 42]),
                new ExportedTensor("scalar", [], [Math.PI]),
                new ExportedTensor("nothing", [0, 5], []),
                new ExportedTensor("long", [20_000], [.. Enumerable.Range(0, 20_000).Select(i => Math.Sin(i))]),
            ],
        };
        SampleModels.AssertSame(model, SampleModels.Read(SampleModels.Bytes(model)));
    }

    [Fact]
    public void Data_begin_at_a_multiple_of_eight_whatever_the_names()
    {
        for (int length = 1; length <= 16; length++)
        {
            byte[] bytes = SampleModels.Bytes(SampleModels.Tiny with { Name = new string('x', length) });
            Assert.Equal(0, (int)(BinaryPrimitives.ReadUInt64LittleEndian(bytes) % 8));
        }
    }

    [Theory]
    [InlineData("""{"t":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},META}""", 8, null)]   // well-formed: the others fail for what they change
    [InlineData("""{"t":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},META}""", 16, "16 follow the header")]
    [InlineData("""{"t":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},META}""", 0, "0 follow the header")]
    [InlineData("""{"t":{"dtype":"F64","shape":[2],"data_offsets":[0,8]},META}""", 8, "2 values of 8 bytes")]
    [InlineData("""{"t":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},META}""", 16, "begins at byte 8, expected 0")]
    [InlineData("""{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},META}""", 8, "tensor 'b' begins at byte 0, expected 8")]
    [InlineData("""{"t":{"dtype":"F64","shape":[1],"data_offsets":[-8,0]},META}""", 0, "offsets [-8, 0]")]
    [InlineData("""{"t":{"dtype":"F64","shape":[1],"data_offsets":[0,8,8]},META}""", 8, "offsets [0, 8, 8]")]
    [InlineData("""{"t":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]},META}""", 0, "impossible shape")]
    [InlineData("""{"t":{"dtype":"F64","shape":[9223372036854775807,2],"data_offsets":[0,0]},META}""", 0, "impossible shape")]
    [InlineData("""{"t":{"dtype":"F64","shape":[200000000],"data_offsets":[0,1600000000]},META}""", 8, "8 follow the header")]
    [InlineData("""{"t":{"dtype":"F64","shape":[-1],"data_offsets":[0,-8]},META}""", 0, "impossible shape")]
    [InlineData("""{"t":{"dtype":"F64","shape":[1.5],"data_offsets":[0,8]},META}""", 8, "not the JSON")]
    [InlineData("""{"t":{"dtype":"F64","shape":[99999999999999999999],"data_offsets":[0,8]},META}""", 8, "not the JSON")]
    [InlineData("""{"t":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]},META}""", 8, "type F8_E4M3")]
    [InlineData("""{"t":{"dtype":"0","shape":[1],"data_offsets":[0,8]},META}""", 8, "type 0")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,8]},META}""", 8, "1 values of 4 bytes")]
    [InlineData("""{"t":{"shape":[1],"data_offsets":[0,8]},META}""", 8, "no 'dtype'")]
    [InlineData("""{"t":5,META}""", 0, "not the JSON")]
    [InlineData("""{"t":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"t":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},META}""", 16, "not the JSON")]
    [InlineData("""{META,"":{"dtype":"F64","shape":[0],"data_offsets":[0,0]}}""", 0, "tensor ''")]
    [InlineData("""[META]""", 0, "not the JSON")]
    [InlineData("""null""", 0, "not the JSON")]
    [InlineData("""{META""", 0, "not the JSON")]
    [InlineData("""{"__metadata__":{"format":7}}""", 0, "not the JSON")]
    public void Hostile_headers_are_refused_with_what_is_wrong(string header, int dataBytes, string? message)
    {
        byte[] file = File(header.Replace("META", Metadata.Trim(), StringComparison.Ordinal), dataBytes);
        if (message is null)
        {
            Assert.Equal("t", Assert.Single(SampleModels.Read(file).Tensors).Name);
            return;
        }

        Assert.Contains(message, Assert.Throws<SafetensorsFormatException>(() => SampleModels.Read(file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},META}""", 8, "type F32")]
    [InlineData("""{"__metadata__":{"format":"other/1"}}""", 0, "format 'other/1'")]
    [InlineData("""{}""", 0, "no 'format'")]
    [InlineData("""{"__metadata__":{"format":"fedactors/1","name":"n","kind":"k","features":"[1]","classes":"[]","job":"j","round":"1","sha256":"s"}}""", 0, "features is not a list")]
    [InlineData("""{"__metadata__":{"format":"fedactors/1","name":"n","kind":"k","features":"[]","classes":"[]","job":"j","round":"one","sha256":"s"}}""", 0, "round 'one'")]
    public void Files_that_are_not_models_are_refused_with_what_is_missing(string header, int dataBytes, string message)
    {
        byte[] file = File(header.Replace("META", Metadata.Trim(), StringComparison.Ordinal), dataBytes);
        Assert.Contains(message, Assert.Throws<ModelFormatException>(() => SampleModels.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_beyond_the_format_is_refused() =>
        Assert.Throws<SafetensorsFormatException>(() => SampleModels.Read(File("{\"t\":" + new string('[', 100_000) + new string(']', 100_000) + "}", 0)));

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100_000_001UL)]
    [InlineData(3UL)]
    public void A_header_longer_than_the_file_or_the_limit_is_refused_unread(ulong claimed)
    {
        var file = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(file, claimed);
        Assert.Contains($"claims {claimed} bytes", Assert.Throws<SafetensorsFormatException>(() => SampleModels.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_of_a_file_is_refused()
    {
        byte[] whole = SampleModels.Bytes(SampleModels.Tiny);
        for (int length = 0; length < whole.Length; length++) Assert.Throws<SafetensorsFormatException>(() => SampleModels.Read(whole[..length]));
    }

    [Fact]
    public void Any_single_flipped_byte_is_refused_or_changes_content_but_never_breaks_the_reader()
    {
        byte[] whole = SampleModels.Bytes(SampleModels.Tiny);
        int read = 0, refused = 0;
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] flipped = [.. whole];
            flipped[i] ^= 0x41;
            try
            {
                SampleModels.Read(flipped);
                read++;
            }
            catch (Exception exception) when (exception is SafetensorsFormatException or ModelFormatException)
            {
                refused++;
            }
        }

        Assert.Equal(whole.Length, read + refused);
        Assert.True(refused > 100, $"only {refused} of {whole.Length} flips were refused");
    }

    [Fact]
    public void A_value_that_is_not_finite_is_refused_when_read_and_when_made()
    {
        byte[] file = SampleModels.Bytes(SampleModels.Tiny);
        BinaryPrimitives.WriteDoubleLittleEndian(file.AsSpan(file.Length - 8), double.NaN);
        Assert.Contains("'intercept' holds NaN at index 0", Assert.Throws<ModelFormatException>(() => SampleModels.Read(file)).Message, StringComparison.Ordinal);
        Assert.Contains("index 1", Assert.Throws<ArgumentException>(() => new ExportedTensor("t", [2], [1, double.PositiveInfinity])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_used_twice_or_reserved_are_refused_when_made()
    {
        var tensor = new ExportedTensor("a", [1], [1]);
        Assert.Throws<ArgumentException>(() => SampleModels.Tiny with { Tensors = [tensor, tensor] });
        Assert.Throws<ArgumentException>(() => SampleModels.Tiny with { Tensors = [new ExportedTensor("__metadata__", [1], [1])] });
        Assert.Throws<ArgumentException>(() => new ExportedTensor("a", [3], [1]));
    }

    private static byte[] File(string header, int dataBytes)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)json.Length);
        json.CopyTo(file, 8);
        return file;
    }
}
