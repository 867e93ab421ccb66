using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;

namespace Fed.Learning.Tests.Models.Networks;

public sealed class NetworkOptionsTests
{
    public static TheoryData<NetworkOptions, int, string> Wrong() => new()
    {
        { new(new MlpOptions([0]), ModelTask.Regression), 0, "hidden is 0" },
        { new(new MlpOptions([3], Dropout: 1), ModelTask.Regression), 0, "dropout is 1" },
        { new(new MlpOptions([3]), ModelTask.Regression), 3, "cannot have 3 classes" },
        { new(new MlpOptions([3]), ModelTask.Classes), 0, "cannot have 0 classes" },
        { new(new MlpOptions([3]), ModelTask.Regression, InputScale: 0), 0, "input-scale is 0" },
        { new(new MlpOptions([3]), ModelTask.Hazard), 0, "needs at least one" },
        { new(new MlpOptions([3]), ModelTask.Hazard, Cuts: [2, 2]), 0, "cut 1 is 2" },
        { new(new MlpOptions([3]), ModelTask.Risk, Cuts: [2]), 0, "nothing else has any" },
        { new(new MlpOptions([3]), ModelTask.Reconstruction), 0, "an autoencoder reconstructs" },
        { new(new AutoencoderOptions([3], 0), ModelTask.Reconstruction), 0, "code is 0" },
        { new(new CnnOptions(1, 2, 2, [2]), ModelTask.Regression), 0, "rows of 4 entries, but the data have 6" },
        { new(new CnnOptions(1, 2, 3, [2, 2]), ModelTask.Regression), 0, "has no place" },
        { new(new CnnOptions(1, 2, 3, [2], Kernel: 2), ModelTask.Regression), 0, "kernel is 2" },
        { new(new CnnOptions(1, 2, 3, []), ModelTask.Regression), 0, "filters is empty" },
        { new(new CnnOptions(1, 2, 3, [3], Groups: 2), ModelTask.Regression), 0, "do not divide into 2 groups" },
        { new(new TextCnnOptions(5, 6, 2, [7], 2), ModelTask.Regression), 0, "has no place" },
        { new(new TextCnnOptions(5, 6, 2, [], 2), ModelTask.Regression), 0, "windows is empty" },
        { new(new TextBagOptions(0, 6), ModelTask.Regression), 0, "tokens is 0" },
        { new(new GruOptions(2, 3, -1, 2), ModelTask.Regression), 0, "embed is -1" },
        { new(new SeriesCnnOptions(3, 2, 1, [2]), ModelTask.Regression), 0, "masks is 2" },
        { new(new FusionOptions([], 2), ModelTask.Regression), 0, "at least one modality" },
        { new(new FusionOptions([new("a", 2, []), new("a", 2, [])], 2), ModelTask.Regression), 0, "the same name" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Impossible_network_is_refused_with_a_reason(NetworkOptions options, int classes, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => options.Create(6, classes, 0)).Message, StringComparison.Ordinal);

    [Fact]
    public void Token_outside_the_vocabulary_is_told()
    {
        IModel model = NetworkCases.Create("text cnn");
        Matrix data = new(6, [1, 2, 3, 8, 0, 0], [0]);
        Assert.Contains("token 8", Assert.Throws<ProgramException>(() => model.Objective(data, model.Init(new byte[32]), [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_modality_is_not_read_and_padding_changes_nothing()
    {
        Differ("fusion", 1, isEqual: true);    // row 1 lacks its first modality: entries 1 to 3 do not matter
        Differ("fusion", 6, isEqual: false);
        IModel gru = NetworkCases.Create("gru");
        double[] at = NetworkCases.Somewhere(gru), longer = new double[20], shifted = new double[20], scores = new double[2];
        (longer[1], longer[7], shifted[1], shifted[12]) = (1, 1, 1, 1);   // the same two visits, an empty one between them
        gru.Predict(new Matrix(20, [.. longer, .. shifted], [0, 0]), at, scores);
        Assert.Equal(scores[0], scores[1]);
    }

    [Fact]
    public void Unmeasured_values_do_not_matter()
    {
        IModel model = NetworkCases.Create("series cnn");
        double[] at = NetworkCases.Somewhere(model), row = NetworkCases.Data("series cnn", 1).Values, other = [.. row], scores = new double[6];
        int gap = Array.IndexOf(row, 0, 16) - 16;
        (other[gap], other[gap + 8]) = (99, -99);
        model.Predict(new Matrix(24, [.. row, .. other], [0, 0]), at, scores);
        Assert.Equal(scores[..3], scores[3..]);
    }

    private static void Differ(string name, int column, bool isEqual)
    {
        IModel model = NetworkCases.Create(name);
        Matrix data = NetworkCases.Data(name, 2);
        double[] row = data.Row(1).ToArray(), changed = [.. row], scores = new double[2 * model.Outputs];
        changed[column] += 7;
        model.Predict(new Matrix(data.Columns, [.. row, .. changed], [0, 0]), NetworkCases.Somewhere(model), scores);
        Assert.Equal(isEqual, scores.AsSpan(0, model.Outputs).SequenceEqual(scores.AsSpan(model.Outputs)));
    }
}
