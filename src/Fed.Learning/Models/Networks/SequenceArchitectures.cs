using Fed.Learning.Kernels;
using Fed.Learning.Models.Layers;

namespace Fed.Learning.Models.Networks;

/// <summary>Hashed bag of words: a score for each word and class, their mean over the text. A row is token ids, padded with 0 (<see cref="HashedWords"/> makes them).</summary>
/// <param name="Tokens">Hash buckets; ids go from 1 to this.</param>
/// <param name="Length">Tokens of a row.</param>
public sealed record TextBagOptions(int Tokens, int Length) : ArchitectureOptions
{
    internal override Layer<T> Build<T>(int columns, int outputs) => new EmbeddingBag<T>("head", Positive(Tokens, "tokens"), Positive(Length, "length"), outputs, Start.Zero);
}

/// <summary>Filters of several widths over word vectors, the highest response of each over the text, and a dense layer.</summary>
/// <param name="Tokens">Hash buckets; ids go from 1 to this.</param>
/// <param name="Length">Tokens of a row.</param>
/// <param name="Embed">Length of a word's vector.</param>
/// <param name="Windows">Widths of the filters, in words.</param>
/// <param name="Filters">Filters of each width.</param>
/// <param name="Dropout">Share of the responses that training drops.</param>
/// <remarks>Kim 2014, EMNLP, arXiv 1408.5882.</remarks>
public sealed record TextCnnOptions(int Tokens, int Length, int Embed, ImmutableArray<int> Windows, int Filters, double Dropout = 0) : ArchitectureOptions
{
    internal override Layer<T> Build<T>(int columns, int outputs)
    {
        if (Positive(Windows, "windows").IsEmpty) throw new ArgumentException("windows is empty; a text CNN needs at least one width");
        int length = Positive(Length, "length"), embed = Positive(Embed, "embed");
        Embedding<T> words = new("words", Positive(Tokens, "tokens"), length, embed);
        Branches<T> filters = new(words.Outputs, [.. Windows.Select(width => new Branch<T>(Filter(width), 0))]);
        Dense<T> head = Head<T>(filters.Outputs, outputs);
        return Share(Dropout) > 0 ? new Chain<T>(words, filters, new Dropout<T>(filters.Outputs, Dropout), head) : new Chain<T>(words, filters, head);

        Chain<T> Filter(int width)
        {
            Window window = new Window(embed, 1, length, 1, width).Checked();
            return new Chain<T>(
                new Convolution<T>($"conv{width}", window, Positive(Filters, "filters")),
                new Activate<T, Relu>(Filters * window.Places),
                new MaxPool<T>(new Window(Filters, 1, window.Places, 1, window.Places)));
        }
    }
}

/// <summary>A gated recurrent unit over a sequence such as a patient's visits. A row is <c>[steps, features]</c>; a step of zeros only is padding.</summary>
/// <param name="Steps">Steps of the longest sequence.</param>
/// <param name="Features">Of a step: the codes of a visit, multi-hot.</param>
/// <param name="Embed">Length of the vector into which a step's codes are summed; 0 feeds them as they are.</param>
/// <param name="Hidden">Length of the unit's state.</param>
/// <param name="Dropout">Share of the last state that training drops.</param>
public sealed record GruOptions(int Steps, int Features, int Embed, int Hidden, double Dropout = 0) : ArchitectureOptions
{
    internal override Layer<T> Build<T>(int columns, int outputs)
    {
        int steps = Positive(Steps, "steps"), features = Positive(Features, "features"), hidden = Positive(Hidden, "hidden");
        List<Layer<T>> layers = [];
        // Without an intercept, so that a step of zeros stays one.
        if (Embed > 0) layers.Add(new EachStep<T>(new Dense<T>("codes", features, Embed, Start.Xavier, hasBias: false), steps));
        else if (Embed < 0) throw new ArgumentException($"embed is {Embed}; it must be at least 0");
        layers.Add(new GatedRecurrence<T>("gru", Embed > 0 ? Embed : features, steps, hidden));
        if (Share(Dropout) > 0) layers.Add(new Dropout<T>(hidden, Dropout));
        layers.Add(Head<T>(hidden, outputs));
        return new Chain<T>(layers);
    }
}
