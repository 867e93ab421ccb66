using Fed.Learning.Kernels;

namespace Fed.Learning.Tests.Kernels;

public sealed class PatchesTests
{
    public static TheoryData<int, int, int, int, int, int, int, int> Windows() => new()
    {
        { 1, 5, 5, 3, 3, 1, 0, 0 }, { 2, 6, 7, 3, 3, 1, 1, 1 }, { 3, 8, 5, 2, 2, 2, 0, 0 }, { 2, 1, 20, 1, 5, 1, 0, 2 }, { 1, 9, 9, 3, 5, 2, 1, 2 }, { 1, 2, 2, 5, 5, 1, 2, 2 }, { 2, 7, 4, 3, 1, 3, 1, 0 },
    };

    [Theory]
    [MemberData(nameof(Windows))]
    public void Gathered_patches_are_the_pixels_under_the_window(int channels, int height, int width, int windowHeight, int windowWidth, int stride, int paddingHeight, int paddingWidth)
    {
        Window window = new Window(channels, height, width, windowHeight, windowWidth, stride, paddingHeight, paddingWidth).Checked();
        double[] image = Values.Of<double>(window.Image, 1), patches = new double[window.Covered * window.Places];
        Array.Fill(patches, double.NaN);
        Patches.Gather<double>(window, image, patches);
        for (int c = 0; c < channels; c++)
            for (int dy = 0; dy < windowHeight; dy++)
                for (int dx = 0; dx < windowWidth; dx++)
                    for (int py = 0; py < window.PlacesHeight; py++)
                        for (int px = 0; px < window.PlacesWidth; px++)
                        {
                            int y = py * stride + dy - paddingHeight, x = px * stride + dx - paddingWidth;
                            double pixel = y < 0 || x < 0 || y >= height || x >= width ? 0 : image[(c * height + y) * width + x];
                            Assert.Equal(pixel, patches[((c * windowHeight + dy) * windowWidth + dx) * window.Places + py * window.PlacesWidth + px]);
                        }
    }

    /// <summary>Scatter is the transpose of gather: inner products agree.</summary>
    [Theory]
    [MemberData(nameof(Windows))]
    public void Scattering_is_the_adjoint_of_gathering(int channels, int height, int width, int windowHeight, int windowWidth, int stride, int paddingHeight, int paddingWidth)
    {
        Window window = new(channels, height, width, windowHeight, windowWidth, stride, paddingHeight, paddingWidth);
        double[] image = Values.Of<double>(window.Image, 1), gathered = new double[window.Covered * window.Places], patches = Values.Of<double>(gathered.Length, 2), scattered = new double[window.Image];
        Patches.Gather<double>(window, image, gathered);
        Patches.Scatter<double>(window, patches, scattered);
        double there = gathered.Zip(patches, static (a, b) => a * b).Sum(), back = image.Zip(scattered, static (a, b) => a * b).Sum();
        Assert.Equal(there, back, 1e-9 * gathered.Zip(patches, static (a, b) => Math.Abs(a * b)).Sum());
    }

    [Fact]
    public void Window_without_a_place_is_refused() => Assert.Contains("has no place", Assert.Throws<ArgumentException>(() => new Window(1, 2, 2, 3, 3).Checked()).Message, StringComparison.Ordinal);

    [Fact]
    public void Pooling_takes_the_highest_and_the_mean_of_each_window()
    {
        Window window = new(2, 3, 4, 2, 2, 2);
        double[] image = [1, 2, 5, 5, 4, 3, 5, 0, 9, 9, 9, 9, -1, -2, -3, -4, -5, -6, -7, -8, 0, 0, 0, 0];
        double[] highest = new double[4], mean = new double[4], spread = new double[24];
        int[] from = new int[4];
        Pooling.Max<double>(window, image, highest, from);
        Pooling.Mean<double>(window, image, mean);
        Pooling.SpreadMean<double>(window, [4, 8, 12, 16], spread);
        Assert.Equal([4, 5, -1, -3], highest);
        Assert.Equal([4, 2, 12, 14], from);
        Assert.Equal([2.5, 3.75, -3.5, -5.5], mean);
        Assert.Equal([1, 1, 2, 2, 1, 1, 2, 2, 0, 0, 0, 0, 3, 3, 4, 4, 3, 3, 4, 4, 0, 0, 0, 0], spread);
    }

    [Fact]
    public void Nan_survives_pooling()
    {
        double[] highest = new double[1];
        Pooling.Max<double>(new(1, 1, 3, 1, 3), [1, double.NaN, 2], highest, new int[1]);
        Assert.Equal(double.NaN, highest[0]);
    }
}
