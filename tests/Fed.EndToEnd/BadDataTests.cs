using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Sources that are damaged, missing or closed: exit code 2, one sentence, and no job begun.</summary>
public sealed class BadDataTests : IDisposable
{
    private static readonly string Mnist = Repository.PathOf("hocon/mnist6k.conf");
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Truncated_images_are_named() => Refused(Mnist, "is cut off", $"simulation.data.path = \"{Cut("examples/data/mnist6k/train-images-idx3-ubyte.gz", 400_000)}\"");

    [Fact]
    public void Labels_in_place_of_images_are_named() =>
        Refused(Mnist, "has 5000 labels, but", $"simulation.data.test-path = \"{Repository.PathOf("examples/data/mnist6k/train-labels-idx1-ubyte.gz")}\"", $"simulation.data.path = \"{Repository.PathOf("examples/data/mnist6k/test-labels-idx1-ubyte.gz")}\"");

    [Fact]
    public void Labels_outside_the_classes_are_named() => Refused(Mnist, "column 'digit' holds '9', but the model has the classes 0 to 8", "job.data.classes = 9");

    [Fact]
    public void Pixels_outside_the_agreed_range_are_named() => Refused(Mnist, "which is above the agreed maximum of 100", "job.data.columns { \"x*\" { max = 100 } }");

    [Fact]
    public void Missing_folder_is_named() => Refused(Repository.PathOf("hocon/austen.conf"), "does not exist", $"simulation.data.path = \"{_workspace.PathOf("nowhere")}\"");

    [Fact]
    public void Letter_outside_the_alphabet_is_named() => Refused(Repository.PathOf("hocon/austen.conf"), "which is no letter of the agreed alphabet", "job.data.columns.text.alphabet = \"abc \"");

    [Fact]
    public void Wrong_magic_is_named()
    {
        string text = _workspace.Write("x.npy", "a,b\n1,2\n");
        Refused(Repository.Quickstart, "is no .npy file", $"simulation.data = \"{text}\"");
    }

    [Fact]
    public void Other_unit_of_a_site_is_named() =>
        Refused(Repository.Quickstart, "column 'mean_radius' is in cm, but the agreed unit is mm; convert the column",
            "job.data.columns { mean_radius { type = numeric, unit = mm } }", $"simulation.data = {{ path = \"{Repository.PathOf("data/breast_cancer/data.csv")}\", units {{ mean_radius = cm }} }}");

    [Fact]
    public void Database_that_nobody_named_is_named() =>
        Refused(Repository.Quickstart, "the environment variable FED_NO_SUCH_DATABASE is not set", "simulation.data = { kind = postgresql, connection-variable = FED_NO_SUCH_DATABASE, query = \"select 1 as target order by 1\" }");

    private void Refused(string original, string expected, params string[] settings)
    {
        string conf = _workspace.Conf(original, settings);
        _workspace.Fed("simulate", conf).Refused(2, expected);
        _workspace.Fed("data", "report", conf).Refused(2, expected);
        Assert.True(_workspace.IsUntouched);
    }

    private string Cut(string file, int bytes)
    {
        string path = _workspace.PathOf("cut.gz");
        File.WriteAllBytes(path, File.ReadAllBytes(Repository.PathOf(file))[..bytes]);
        return path;
    }
}
