using System.Numerics;
using Fed.Learning.Kernels;
using Fed.Learning.Numerics;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Kernels;

/// <summary>Rows against one vector have the bits of their definition, at every width, for any number of threads and whichever rows are chosen.</summary>
[Collection(nameof(Threads))]
public sealed class RowProductsTests
{
    public static TheoryData<int> Columns() => [1, 2, 7, 15, 16, 17, 30, 32, 33, 64, 100];

    [Theory]
    [MemberData(nameof(Columns))]
    public void Rows_have_the_bits_of_their_definition(int columns)
    {
        Check<float, Once>(23, columns, Fused);
        Check<double, Once>(23, columns, Fused);
        Check<double, Twice>(23, columns, Rounded);
        Check<float, Twice>(23, columns, Rounded);
    }

    /// <summary>Enough rows, and enough columns, to be divided among threads.</summary>
    [Theory]
    [InlineData(9000, 30)]
    [InlineData(60, 3000)]
    public void Any_number_of_threads_gives_the_same_bits(int rows, int columns) => _ = Threads.Each(() =>
    {
        Check<float, Once>(rows, columns, Fused);
        Check<double, Twice>(rows, columns, Rounded);
        return true;
    });

    [Fact]
    public void Inner_products_are_those_of_the_linear_models()
    {
        double[] x = Values.Of<double>(30 * 11, 1), w = Values.Of<double>(30, 2), y = new double[11];
        RowProducts<double, Twice>.AddDots(new(x, 30), w, y);
        for (int r = 0; r < 11; r++) Assert.Equal(FixedOrder.DotScalar(x.AsSpan(30 * r, 30), w), y[r]);
    }

    [Fact]
    public void Neighbours_that_are_not_finite_do_not_reach_a_row()
    {
        float[] x = [1, 2, 3, float.NaN, float.PositiveInfinity, float.NaN, 4, 5, 6], y = new float[3];
        RowProducts<float, Once>.AddDots(new(x, 3), [1, 1, 1], y);
        Assert.Equal((6f, float.NaN, 15f), (y[0], y[1], y[2]));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(static () => RowProducts<double, Once>.AddDots(new(new double[6], 3), new double[2], new double[2]));
        Assert.Throws<ArgumentException>(static () => RowProducts<double, Once>.AddDots(new(new double[6], 3), new double[3], new double[2], stride: 2));
        Assert.Throws<ArgumentException>(static () => RowProducts<double, Once>.AddWeighted(new(new double[6], 3), new double[1], new double[3]));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new RowSet<double>(new double[6], 3, [2]).Count);
    }

    private static T Fused<T>(T a, T b, T c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.FusedMultiplyAdd(a, b, c);

    private static T Rounded<T>(T a, T b, T c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => c + a * b;

    private static void Check<T, TRounding>(int rows, int columns, Func<T, T, T, T> multiplyAdd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TRounding : struct, IRounding
    {
        T[] x = Values.Of<T>(rows * columns, 1), w = Values.Of<T>(columns, 2), y = Values.Of<T>(2 * rows, 3), sum = Values.Of<T>(columns, 4);
        int[] all = [], some = [.. Enumerable.Range(0, rows).Select(r => (7 * r + 5) % rows).Append(rows - 1).Append(0).Take(rows)];
        foreach (int[] chosen in (ReadOnlySpan<int[]>)[all, some])
            foreach (int stride in (ReadOnlySpan<int>)[1, 2])
            {
                T[] dots = [.. y], weighted = [.. sum];
                for (int i = 0; i < rows; i++)
                {
                    int row = chosen.Length == 0 ? i : chosen[i];
                    T[] sums = new T[16];
                    for (int c = 0; c < columns; c++)
                    {
                        sums[c % 16] = multiplyAdd(x[row * columns + c], w[c], sums[c % 16]);
                        weighted[c] = multiplyAdd(x[row * columns + c], y[i * stride], weighted[c]);
                    }
                    for (int width = 8; width > 0; width /= 2)
                        for (int j = 0; j < width; j++) sums[j] += sums[j + width];
                    dots[i * stride] += sums[0];
                }
                Same(dots, y, (set, to) => RowProducts<T, TRounding>.AddDots<Lanes1<T>>(set(), w, to, stride));
                Same(dots, y, (set, to) => RowProducts<T, TRounding>.AddDots<Lanes128<T>>(set(), w, to, stride));
                Same(dots, y, (set, to) => RowProducts<T, TRounding>.AddDots<Lanes256<T>>(set(), w, to, stride));
                Same(dots, y, (set, to) => RowProducts<T, TRounding>.AddDots<Lanes512<T>>(set(), w, to, stride));
                Same(dots, y, (set, to) => RowProducts<T, TRounding>.AddDots(set(), w, to, stride));
                Same(weighted, sum, (set, to) => RowProducts<T, TRounding>.AddWeighted<Lanes1<T>>(set(), y, to, stride));
                Same(weighted, sum, (set, to) => RowProducts<T, TRounding>.AddWeighted<Lanes128<T>>(set(), y, to, stride));
                Same(weighted, sum, (set, to) => RowProducts<T, TRounding>.AddWeighted<Lanes256<T>>(set(), y, to, stride));
                Same(weighted, sum, (set, to) => RowProducts<T, TRounding>.AddWeighted<Lanes512<T>>(set(), y, to, stride));
                Same(weighted, sum, (set, to) => RowProducts<T, TRounding>.AddWeighted(set(), y, to, stride));

                void Same(T[] expected, T[] start, Work<T> work)
                {
                    T[] actual = [.. start];
                    work(() => chosen.Length == 0 ? new RowSet<T>(x, columns) : new RowSet<T>(x, columns, chosen), actual);
                    Assert.True(expected.AsSpan().SequenceEqual(actual));
                }
            }
    }

    private delegate RowSet<T> Set<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    private delegate void Work<T>(Set<T> set, Span<T> to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
