using System.Numerics;
using Fed.Learning.Kernels;
using Fed.Learning.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Kernels;

/// <summary>The product has the bits of its definition, one chain of fused multiply-adds an entry, at every width, for any shape and either orientation.</summary>
[Collection(nameof(Threads))]
public sealed class MatrixProductProperties
{
    [Fact]
    public void Float32_product_has_the_bits_of_its_definition() => Check<float>();

    [Fact]
    public void Float64_product_has_the_bits_of_its_definition() => Check<double>();

    /// <summary>Edges of blocks (256 inner), of parts (48 rows and more) and of tiles (6 rows, two vectors of columns).</summary>
    [Theory]
    [InlineData(97, 257, 33)]
    [InlineData(5, 600, 1030)]
    [InlineData(200, 513, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(13, 300, 11)]
    public void Shapes_around_the_edges_of_blocks_are_exact(int rows, int inner, int columns) => Assert.True(IsExact<float>(rows, inner, columns, false, true, 1) && IsExact<double>(rows, inner, columns, true, false, 2));

    /// <summary>Large enough to be divided among threads, by columns and by rows, and either way round.</summary>
    [Theory]
    [InlineData(130, 70, 200)]
    [InlineData(700, 300, 20)]
    [InlineData(1000, 200, 7)]
    public void Any_number_of_threads_is_exact(int rows, int inner, int columns) =>
        Assert.All(Threads.Each(() => IsExact<float>(rows, inner, columns, false, true, 1) && IsExact<double>(rows, inner, columns, true, false, 2)), Assert.True);

    [Fact]
    public void Product_adds_to_what_is_there()
    {
        double[] c = [10, 20];
        MatrixProduct.Add<double>(new([1, 2], 1, 2), new([3, 4, 5, 6], 2, 2), c);
        Assert.Equal([23, 36], c);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => MatrixProduct.Add<double>(new(new double[6], 2, 3), new(new double[4], 2, 2), new double[4]));
        Assert.Throws<ArgumentException>(() => MatrixProduct.Add<double>(new(new double[6], 2, 3), new(new double[6], 3, 2), new double[3]));
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
        return Equal(Lanes512Product) && Equal(Lanes256Product) && Equal(Lanes128Product) && Equal(ScalarProduct) && Equal(MatrixProduct.Add);

        bool Equal(Product<T> product)
        {
            T[] c = [.. start];
            MatrixView<T> left = turnA ? new MatrixView<T>(a, inner, rows).Transposed : new(a, rows, inner), right = turnB ? new MatrixView<T>(b, columns, inner).Transposed : new(b, inner, columns);
            product(left, right, c);
            return c.AsSpan().SequenceEqual(expected);
        }
    }

    private static void Lanes512Product<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => MatrixProduct.Add<T, Lanes512<T>>(a, b, c);

    private static void Lanes256Product<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => MatrixProduct.Add<T, Lanes256<T>>(a, b, c);

    private static void Lanes128Product<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => MatrixProduct.Add<T, Lanes128<T>>(a, b, c);

    private static void ScalarProduct<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => MatrixProduct.Add<T, Lanes1<T>>(a, b, c);

    private delegate void Product<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
