using Fed.Learning.Kernels;
using Fed.Learning.Models.Layers;

namespace Fed.Learning.Models.Networks;

/// <summary>Stages of convolution, ReLU and 2 x 2 maximum over an image, then dense layers. A row is <c>[channels, height, width]</c>.</summary>
/// <param name="Channels">Of the image.</param>
/// <param name="Height">Of the image.</param>
/// <param name="Width">Of the image.</param>
/// <param name="Filters">Filters of each stage.</param>
/// <param name="Kernel">Side of a filter, odd; the image is padded to keep its size.</param>
/// <param name="Groups">Groups of a GroupNorm behind each convolution; 0 for none.</param>
/// <param name="Hidden">Widths of the dense layers before the last.</param>
/// <param name="Dropout">Share of a dense layer's entries that training drops.</param>
public sealed record CnnOptions(
    int Channels, int Height, int Width, ImmutableArray<int> Filters, int Kernel = 3, int Groups = 0, ImmutableArray<int> Hidden = default, double Dropout = 0) : ArchitectureOptions
{
    /// <summary>Widths of the dense layers before the last; empty where there are none.</summary>
    public ImmutableArray<int> Hidden { get; init; } = Hidden.IsDefault ? [] : Hidden;

    internal override Layer<T> Build<T>(int columns, int outputs)
    {
        if (Kernel < 1 || Kernel % 2 == 0) throw new ArgumentException($"kernel is {Kernel}; it must be odd");
        if (Groups < 0) throw new ArgumentException($"groups is {Groups}; it must be at least 0");
        if (Positive(Filters, "filters").IsEmpty) throw new ArgumentException("filters is empty; a CNN needs at least one stage");
        List<Layer<T>> layers = [];
        int channels = Positive(Channels, "channels"), height = Positive(Height, "height"), width = Positive(Width, "width");
        foreach (int filters in Filters)
        {
            string number = $"{layers.OfType<Convolution<T>>().Count() + 1}";
            layers.Add(new Convolution<T>($"conv{number}", new Window(channels, height, width, Kernel, Kernel, 1, Kernel / 2, Kernel / 2), filters));
            if (Groups > 0) layers.Add(new GroupNorm<T>($"norm{number}", filters, height * width, Groups));
            layers.Add(new Activate<T, Relu>(filters * height * width));
            layers.Add(new MaxPool<T>(new Window(filters, height, width, 2, 2, 2)));
            (channels, height, width) = (filters, height / 2, width / 2);
        }
        ImmutableArray<int> widths = Positive(Hidden, "hidden");
        layers.AddRange(Hidden<T>("dense", channels * height * width, widths, Activation.Relu, Share(Dropout), isResidual: false));
        layers.Add(Head<T>(widths.IsEmpty ? channels * height * width : widths[^1], outputs));
        return new Chain<T>(layers);
    }
}

/// <summary>Convolutions over a time series, their mean over time, and a dense layer. A row is <c>[channels + masks, steps]</c>, the masks last (1 measured, 0 not).</summary>
/// <param name="Channels">Measured quantities.</param>
/// <param name="Masks">Mask channels: none, one for all quantities, or one for each.</param>
/// <param name="Steps">Points in time.</param>
/// <param name="Filters">Filters of each convolution.</param>
/// <param name="Kernel">Steps that a filter covers, odd.</param>
/// <param name="Dropout">Share of the means that training drops.</param>
public sealed record SeriesCnnOptions(int Channels, int Masks, int Steps, ImmutableArray<int> Filters, int Kernel = 5, double Dropout = 0) : ArchitectureOptions
{
    internal override Layer<T> Build<T>(int columns, int outputs)
    {
        if (Kernel < 1 || Kernel % 2 == 0) throw new ArgumentException($"kernel is {Kernel}; it must be odd");
        if (Masks != 0 && Masks != 1 && Masks != Channels) throw new ArgumentException($"masks is {Masks}; it must be 0, 1 or the number of channels, {Channels}");
        if (Positive(Filters, "filters").IsEmpty) throw new ArgumentException("filters is empty; a series CNN needs at least one convolution");
        List<Layer<T>> layers = [];
        int channels = Positive(Channels, "channels") + Masks, steps = Positive(Steps, "steps");
        if (Masks > 0) layers.Add(new SeriesMask<T>(Channels, Masks, steps));
        for (int i = 0; i < Filters.Length; i++)
        {
            layers.Add(new Convolution<T>($"conv{i + 1}", new Window(channels, 1, steps, 1, Kernel, 1, 0, Kernel / 2), Filters[i]));
            layers.Add(new Activate<T, Relu>(Filters[i] * steps));
            channels = Filters[i];
        }
        layers.Add(new MeanPool<T>(new Window(channels, 1, steps, 1, steps)));
        if (Share(Dropout) > 0) layers.Add(new Dropout<T>(channels, Dropout));
        layers.Add(Head<T>(channels, outputs));
        return new Chain<T>(layers);
    }
}
