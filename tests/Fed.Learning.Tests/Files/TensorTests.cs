using Fed.Learning.Files;

namespace Fed.Learning.Tests.Files;

public sealed class TensorTests
{
    [Fact]
    public void Numbers_are_converted_where_they_stay_exact()
    {
        Assert.Equal([1.0, -2.0], Tensor.Create<sbyte>("t", [2], [1, -2]).ToDoubles());
        Assert.Equal([9007199254740992.0], Tensor.Create<long>("t", [1], [1L << 53]).ToDoubles());
        Assert.Equal([0.1f], Tensor.Create<double>("t", [1], [0.1]).ToSingles());
        Assert.Equal([16_777_216f], Tensor.Create<int>("t", [1], [1 << 24]).ToSingles());
        Assert.Equal([1.5, -0.0078125], new Tensor("t", TensorType.BF16, [2], new byte[] { 0xc0, 0x3f, 0x00, 0xbc }).ToDoubles());
    }

    [Fact]
    public void Numbers_that_would_change_are_refused_with_the_value()
    {
        Assert.Contains("9007199254740993", Assert.Throws<InvalidDataException>(() => Tensor.Create<long>("t", [1], [(1L << 53) + 1]).ToDoubles()).Message, StringComparison.Ordinal);
        Assert.Contains("18446744073709551615", Assert.Throws<InvalidDataException>(() => Tensor.Create<ulong>("t", [1], [ulong.MaxValue]).ToDoubles()).Message, StringComparison.Ordinal);
        Assert.Contains("16777217", Assert.Throws<InvalidDataException>(() => Tensor.Create<int>("t", [1], [(1 << 24) + 1]).ToSingles()).Message, StringComparison.Ordinal);
        Assert.Contains("2^63", Assert.Throws<InvalidDataException>(() => Tensor.Create<ulong>("t", [1], [ulong.MaxValue]).ToInt64s()).Message, StringComparison.Ordinal);
        Assert.Contains("type F32", Assert.Throws<InvalidDataException>(() => Tensor.Create<float>("labels", [1], [1]).ToInt64s()).Message, StringComparison.Ordinal);
        Assert.Contains("the byte 2", Assert.Throws<InvalidDataException>(() => new Tensor("t", TensorType.BOOL, [1], new byte[] { 2 }).ToInt64s()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_type_than_the_tensors_own_is_refused() =>
        Assert.Contains("type F32, not of Double", Assert.Throws<InvalidOperationException>(() => Tensor.Create<float>("t", [1], [1]).ToArray<double>()).Message, StringComparison.Ordinal);

    [Fact]
    public void Wide_elements_lie_aligned_whatever_the_order()
    {
        TensorFile file = new([Tensor.Create<byte>("a", [3], [1, 2, 3]), Tensor.Create<double>("b", [1], [4]), Tensor.Create<short>("c", [1], [5])]);
        byte[] bytes = Safetensors.Write(file);
        Assert.Equal([4.0], Safetensors.Read(bytes).Find("b")!.ToArray<double>());
        Assert.Equal(["a", "b", "c"], Safetensors.Read(bytes).Tensors.Select(static tensor => tensor.Name));
        Assert.Equal(4.0, BitConverter.ToDouble(bytes, bytes.Length - 13));
        Assert.Equal(0, (bytes.Length - 13) % 8);
    }

    [Fact]
    public void Names_and_keys_stand_once()
    {
        Tensor tensor = Tensor.Create<byte>("a", [1], [1]);
        Assert.Throws<ArgumentException>(() => new TensorFile([tensor, tensor]));
        Assert.Throws<ArgumentException>(() => new TensorFile([Tensor.Create<byte>("__metadata__", [1], [1])]));
        Assert.Throws<ArgumentException>(() => new TensorFile([tensor], [new("k", "1"), new("k", "2")]));
        Assert.Throws<ArgumentException>(() => Tensor.Create<byte>("", [1], [1]));
        Assert.Throws<ArgumentException>(() => Tensor.Create<byte>("a", [2], [1]));
        Assert.Throws<NotSupportedException>(() => Tensor.Create<decimal>("a", [1], [1]));
    }
}
