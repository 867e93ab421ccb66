using System.Numerics;
using Fed.Learning.Kernels;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Kernels;

/// <summary>The product has the bits of its definition, one chain of fused multiply-adds an entry, at every width, for any shape and either orientation.</summary>
public sealed class MatrixProductProperties
{
    [Fact]
    public void Float32_product_has_the_bits_of_its_definition() => Check<float>();

    [Fact]
    public void Float64_product_has_the_bits_of_its_definition() => Check<double>();

    /// <summary>Edges of blocks (96 rows, 256 inner, 1024 columns) and of tiles.</summary>
    [Theory]
    [InlineData(97, 257, 33)]
    [InlineData(5, 600, 1030)]
    [InlineData(200, 513, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(13, 300, 11)]
    public void Shapes_around_the_edges_of_blocks_are_exact(int rows, int inner, int columns) => Assert.True(IsExact<float>(rows, inner, columns, false, true, 1) && IsExact<double>(rows, inner, columns, true, false, 2));

    [Fact]
    public void Product_adds_to_what_is_there()
    {
        double[] c = [10, 20];
        MatrixProduct.Add<double>(new([1, 2], 1, 2), new([3, 4, 5, 6], 2, 2), c, new double[MatrixProduct.ScratchLength]);
        Assert.Equal([23, 36], c);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => MatrixProduct.Add<double>(new(new double[6], 2, 3), new(new double[4], 2, 2), new double[4], new double[MatrixProduct.ScratchLength]));
        Assert.Throws<ArgumentException>(() => MatrixProduct.Add<double>(new(new double[6], 2, 3), new(new double[6], 3, 2), new double[3], new double[MatrixProduct.ScratchLength]));
        Assert.Throws<ArgumentException>(() => new MatrixView<double>(new double[5], 2, 3).Rows);
    }

    private static void Check<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Prop.ForAll<(PositiveInt Rows, PositiveInt Inner, PositiveInt Columns), (bool A, bool B), int>(static (shape, turned, seed) =>
            IsExact<T>(shape.Rows.Get % 40 + 1, shape.Inner.Get % 40 + 1, shape.Columns.Get % 70 + 1, turned.A, turned.B, seed)).QuickCheckThrowOnFailure();

    private static bool IsExact<T>(int rows, int inner, int columns, bool turnA, bool turnB, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] a = Values.Of<T>(rows * inner, seed), b = Values.Of<T>(inner * columns, seed + 1), start = Values.Of<T>(rows * columns, seed + 2), expected = [.. start];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                for (int k = 0; k < inner; k++)
                    expected[i * columns + j] = T.FusedMultiplyAdd(turnA ? a[k * rows + i] : a[i * inner + k], turnB ? b[j * inner + k] : b[k * columns + j], expected[i * columns + j]);
        T[] scratch = new T[MatrixProduct.ScratchLength];
        return Equal(Lanes512Product) && Equal(Lanes256Product) && Equal(Lanes128Product) && Equal(ScalarProduct) && Equal(MatrixProduct.Add);

        bool Equal(Product<T> product)
        {
            T[] c = [.. start];
            MatrixView<T> left = turnA ? new MatrixView<T>(a, inner, rows).Transposed : new(a, rows, inner), right = turnB ? new MatrixView<T>(b, columns, inner).Transposed : new(b, inner, columns);
            product(left, right, c, scratch);
            return c.AsSpan().SequenceEqual(expected);
        }
    }

    private static void Lanes512Product<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c, Span<T> scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => MatrixProduct.Add<T, Lanes512<T>>(a, b, c, scratch);

    private static void Lanes256Product<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c, Span<T> scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => MatrixProduct.Add<T, Lanes256<T>>(a, b, c, scratch);

    private static void Lanes128Product<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c, Span<T> scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => MatrixProduct.Add<T, Lanes128<T>>(a, b, c, scratch);

    private static void ScalarProduct<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c, Span<T> scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => MatrixProduct.Add<T, Lanes1<T>>(a, b, c, scratch);

    private delegate void Product<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c, Span<T> scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
