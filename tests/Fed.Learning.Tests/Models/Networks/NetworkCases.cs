using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;

namespace Fed.Learning.Tests.Models.Networks;

/// <summary>One small network of every kind and task, with rows that suit it.</summary>
internal static class NetworkCases
{
    private static readonly SortedDictionary<string, (ArchitectureOptions Architecture, ModelTask Task, int Classes)> All = new(StringComparer.Ordinal)
    {
        ["mlp relu"] = (new MlpOptions([6, 5]), ModelTask.Classes, 3),
        ["mlp tanh"] = (new MlpOptions([6], Activation.Tanh), ModelTask.TwoClasses, 2),
        ["mlp gelu residual"] = (new MlpOptions([6, 6, 6], Activation.Gelu, IsResidual: true), ModelTask.Regression, 0),
        ["mlp dropout"] = (new MlpOptions([8, 8], Dropout: 0.3), ModelTask.Classes, 4),
        ["linear"] = (new MlpOptions([]), ModelTask.Regression, 0),
        ["cnn"] = (new CnnOptions(1, 6, 6, [3, 4]), ModelTask.Classes, 3),
        ["cnn norm"] = (new CnnOptions(2, 4, 5, [4], Groups: 2, Hidden: [5]), ModelTask.TwoClasses, 2),
        ["text bag"] = (new TextBagOptions(7, 5), ModelTask.Classes, 3),
        ["text cnn"] = (new TextCnnOptions(7, 6, 4, [2, 3], 3), ModelTask.Classes, 2 + 1),
        ["gru"] = (new GruOptions(4, 5, 3, 4), ModelTask.TwoClasses, 2),
        ["gru plain"] = (new GruOptions(4, 5, 0, 4), ModelTask.Regression, 0),
        ["series cnn"] = (new SeriesCnnOptions(2, 1, 8, [3, 4], 3), ModelTask.Classes, 3),
        ["autoencoder"] = (new AutoencoderOptions([6], 3, Activation.Tanh), ModelTask.Reconstruction, 0),
        ["fusion"] = (new FusionOptions([new Modality("lab", 3, [4]), new Modality("image", 4, [])], 3), ModelTask.Classes, 3),
        ["deepsurv"] = (new MlpOptions([5], Activation.Tanh), ModelTask.Risk, 0),
        ["discrete survival"] = (new MlpOptions([5]), ModelTask.Hazard, 0),
    };

    public static TheoryData<string> Names() => [.. All.Keys];

    public static NetworkOptions Options(string name, NetworkPrecision precision = NetworkPrecision.Float64) =>
        new(All[name].Architecture, All[name].Task, precision, Cuts: All[name].Task == ModelTask.Hazard ? [1, 2, 4] : default);

    public static IModel Create(string name, NetworkPrecision precision = NetworkPrecision.Float64, double l2 = 0.1) => Options(name, precision).Create(Columns(name), All[name].Classes, l2);

    /// <summary>Rows with all that the kind is sensitive to: padding, masks, missing modalities, ties, censoring.</summary>
    public static Matrix Data(string name, int rows, int seed = 5)
    {
        Random random = new(seed);
        int columns = Columns(name);
        (ArchitectureOptions architecture, ModelTask task, int classes) = All[name];
        double[] values = [.. Enumerable.Range(0, rows * columns).Select(_ => 2 * random.NextDouble() - 1)];
        for (int r = 0; r < rows; r++)
        {
            Span<double> row = values.AsSpan(r * columns, columns);
            switch (architecture)
            {
                case TextBagOptions or TextCnnOptions:
                    for (int i = 0; i < columns; i++) row[i] = i >= columns - r % 3 ? 0 : random.Next(1, 8);
                    break;
                case GruOptions gru:
                    for (int i = 0; i < columns; i++) row[i] = i / gru.Features >= gru.Steps - r % 3 ? 0 : random.Next(2);
                    break;
                case SeriesCnnOptions:
                    for (int i = 16; i < columns; i++) row[i] = random.Next(3) == 0 ? 0 : 1;
                    break;
                case FusionOptions:
                    row[0] = r % 3 == 1 ? 0 : 1;
                    row[4] = r % 4 == 2 ? 0 : 1;
                    break;
            }
        }
        double[] targets = task.IsSurvival
            ? [.. Enumerable.Range(0, rows).SelectMany(_ => new double[] { random.Next(1, 7), random.Next(3) == 0 ? 0 : 1 })]
            : [.. Enumerable.Range(0, rows).Select(r => classes > 0 ? r % classes : 3 * random.NextDouble())];
        return new Matrix(columns, values, targets, task.TargetColumns);
    }

    /// <summary>Parameters away from the start, where a last layer of zeros would hide the others' gradients.</summary>
    public static double[] Somewhere(IModel model, int seed = 9)
    {
        Random random = new(seed);
        return [.. model.Init(new byte[32]).Select(p => p + 0.6 * (random.NextDouble() - 0.5))];
    }

    private static int Columns(string name) => All[name].Architecture switch
    {
        CnnOptions cnn => cnn.Channels * cnn.Height * cnn.Width,
        TextBagOptions text => text.Length,
        TextCnnOptions text => text.Length,
        GruOptions gru => gru.Steps * gru.Features,
        SeriesCnnOptions series => (series.Channels + series.Masks) * series.Steps,
        FusionOptions fusion => fusion.Modalities.Sum(static m => m.Columns + 1),
        _ => 5,
    };
}
