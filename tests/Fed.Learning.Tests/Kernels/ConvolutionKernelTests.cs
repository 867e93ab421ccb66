using System.Numerics;
using Fed.Learning.Kernels;
using Fed.Learning.Models.Layers;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Kernels;

/// <summary>A convolution without patches: its products have the bits of their definition, and it computes what a convolution is.</summary>
[Collection(nameof(Threads))]
public sealed class ConvolutionKernelTests
{
    public static TheoryData<int, int, int, int, int, int, int, int, int> Windows() => new()
    {
        { 1, 5, 5, 3, 3, 1, 0, 0, 2 }, { 2, 6, 7, 3, 3, 1, 1, 1, 9 }, { 3, 8, 5, 2, 2, 2, 0, 0, 4 }, { 2, 1, 20, 1, 5, 1, 0, 2, 3 }, { 1, 9, 9, 3, 5, 2, 1, 2, 7 }, { 1, 2, 2, 5, 5, 1, 2, 2, 1 },
        { 2, 7, 4, 3, 1, 3, 1, 0, 5 }, { 4, 1, 6, 1, 2, 1, 0, 0, 13 },
    };

    /// <summary>By the sum that defines it, forwards to the bit, backwards by inner products: the slopes are the adjoints of the forward pass.</summary>
    [Theory]
    [MemberData(nameof(Windows))]
    public void Layer_is_a_convolution(int channels, int height, int width, int windowHeight, int windowWidth, int stride, int paddingHeight, int paddingWidth, int filters)
    {
        const int Rows = 11;
        Window window = new Window(channels, height, width, windowHeight, windowWidth, stride, paddingHeight, paddingWidth).Checked();
        Convolution<double> layer = new("a", window, filters);
        double[] parameters = Values.Of<double>(layer.Parameters, 1), x = Values.Of<double>(Rows * layer.Inputs, 2), dy = Values.Of<double>(Rows * layer.Outputs, 3);
        double[] y = new double[Rows * layer.Outputs], dx = new double[x.Length], gradient = new double[layer.Parameters], expected = new double[y.Length], weightSlopes = new double[layer.Parameters], inputSlopes = new double[x.Length];
        LayerPass<double> pass = new(Rows, layer.CreateState(Rows), null!);
        layer.Forward(pass, parameters, x, y);
        layer.Backward(pass, parameters, x, y, dy, dx, gradient);
        for (int r = 0; r < Rows; r++)
            for (int f = 0; f < filters; f++)
                for (int place = 0; place < window.Places; place++)
                {
                    int at = r * layer.Outputs + f * window.Places + place;
                    double sum = parameters[filters * window.Covered + f];
                    weightSlopes[filters * window.Covered + f] += dy[at];
                    for (int k = 0; k < window.Covered; k++)
                    {
                        int c = k / (windowHeight * windowWidth), py = place / window.PlacesWidth * stride + k / windowWidth % windowHeight - paddingHeight, px = place % window.PlacesWidth * stride + k % windowWidth - paddingWidth;
                        bool isInside = py >= 0 && py < height && px >= 0 && px < width;
                        int pixel = r * layer.Inputs + (c * height + py) * width + px;
                        sum = Math.FusedMultiplyAdd(parameters[f * window.Covered + k], isInside ? x[pixel] : 0, sum);
                        if (!isInside) continue;
                        weightSlopes[f * window.Covered + k] += dy[at] * x[pixel];
                        inputSlopes[pixel] += dy[at] * parameters[f * window.Covered + k];
                    }
                    expected[at] = sum;
                }
        Assert.Equal(expected, y);
        Near(weightSlopes, gradient);
        Near(inputSlopes, dx);
    }

    [Fact]
    public void Layer_has_the_same_bits_for_any_number_of_threads_and_twice()
    {
        Convolution<float> layer = new("a", new Window(3, 20, 18, 3, 3, 1, 1, 1), 10);
        const int Rows = 21;
        float[] parameters = Values.Of<float>(layer.Parameters, 1), x = Values.Of<float>(Rows * layer.Inputs, 2), dy = Values.Of<float>(Rows * layer.Outputs, 3);
        float[][] results = Threads.Each(() =>
        {
            LayerPass<float> pass = new(Rows, layer.CreateState(Rows), null!);
            float[] y = new float[Rows * layer.Outputs], dx = new float[x.Length], gradient = new float[layer.Parameters];
            for (int repetition = 0; repetition < 2; repetition++)
            {
                layer.Forward(pass, parameters, x, y);
                layer.Backward(pass, parameters, x, y, dy, dx, gradient);
            }
            return (float[])[.. y, .. dx, .. gradient];
        });
        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Theory]
    [InlineData(1, 1, 32)]
    [InlineData(4, 3, 64)]
    [InlineData(7, 10, 96)]
    [InlineData(13, 25, 32)]
    public void Products_have_the_bits_of_their_definition_at_every_width(int rows, int inner, int length)
    {
        Shifted<float>(rows, inner, length);
        Shifted<double>(rows, inner, length);
    }

    [Fact]
    public void Offsets_outside_the_plane_are_refused()
    {
        Assert.Throws<ArgumentException>(static () => ShiftedProduct.Add<float>(new float[2], 1, new float[40], [0, 9], 32, new float[8 * 32]));
        Assert.Throws<ArgumentException>(static () => ShiftedProduct.AddDots<float>(new float[32], 1, new float[40], 40, 1, [0, -1], 32, new float[2]));
        Assert.Throws<ArgumentException>(static () => ShiftedProduct.AddDots<float>(new float[32], 1, new float[40], 40, 2, [0, 1], 32, new float[2]));
    }

    private static void Shifted<T>(int rows, int inner, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Planes = 3;
        Random random = new(inner);
        int planeLength = length + 50;
        int[] offsets = [.. Enumerable.Range(0, inner).Select(_ => random.Next(51))];
        T[] a = Values.Of<T>(rows * inner, 1), planes = Values.Of<T>(Planes * planeLength, 2), lines = Values.Of<T>(Planes * rows * length, 3), c = Values.Of<T>(24 * length, 4), sums = Values.Of<T>(rows * inner, 5);
        T[] product = [.. c.AsSpan(0, rows * length)], dots = [.. sums];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < length; j++)
                for (int k = 0; k < inner; k++) product[i * length + j] = T.FusedMultiplyAdd(a[i * inner + k], planes[offsets[k] + j], product[i * length + j]);
            for (int k = 0; k < inner; k++)
            {
                T[] running = new T[16];
                for (int r = 0; r < Planes; r++)
                    for (int j = 0; j < length; j++) running[j % 16] = T.FusedMultiplyAdd(lines[(r * rows + i) * length + j], planes[r * planeLength + offsets[k] + j], running[j % 16]);
                for (int width = 8; width > 0; width /= 2)
                    for (int j = 0; j < width; j++) running[j] += running[j + width];
                dots[i * inner + k] += running[0];
            }
        }
        At<Lanes1<T>>();
        At<Lanes128<T>>();
        At<Lanes256<T>>();
        At<Lanes512<T>>();

        void At<TLanes>()
            where TLanes : struct, ILanes<TLanes, T>
        {
            T[] to = [.. c], summed = [.. sums];
            ShiftedProduct.Add<T, TLanes>(a, rows, planes, offsets, length, to);
            ShiftedProduct.AddDots<T, TLanes>(lines, rows, planes, planeLength, Planes, offsets, length, summed);
            Assert.Equal(product, to.AsSpan(0, product.Length).ToArray());
            Assert.Equal(dots, summed);
        }
    }

    private static void Near(double[] expected, double[] actual)
    {
        double size = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-12 * size);
    }
}
