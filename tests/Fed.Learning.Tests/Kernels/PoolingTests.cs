using Fed.Learning.Kernels;

namespace Fed.Learning.Tests.Kernels;

public sealed class PoolingTests
{
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
