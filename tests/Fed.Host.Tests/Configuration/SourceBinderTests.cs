using Fed.Host.Configuration;
using Fed.Host.Data;
using Fed.Learning.Data;
using Fed.Learning.Data.Sources;
using Xunit;

namespace Fed.Host.Tests.Configuration;

/// <summary>Where the rows lie, which of them are held out, and what columns of texts and units say.</summary>
public sealed class SourceBinderTests
{
    private const string Partition = "simulation.partition { from = column, sites = null, column = file }";

    [Theory]
    [InlineData("x.csv", typeof(CsvSource))]
    [InlineData("x.TSV", typeof(CsvSource))]
    [InlineData("x.npy", typeof(ArraySource))]
    [InlineData("train-images-idx3-ubyte.gz", typeof(ArraySource))]
    [InlineData("x.idx", typeof(ArraySource))]
    [InlineData("x.safetensors", typeof(ArraySource))]
    [InlineData("x.txt", typeof(TextSource))]
    public void Ending_of_a_path_tells_the_kind(string path, Type expected) => Assert.IsType(expected, ConfigFile.Load($"simulation.data = \"{path}\"").Simulation.Source);

    [Fact]
    public void Blocks_say_what_a_kind_needs()
    {
        Assert.Equal('\t', Assert.IsType<CsvSource>(Source("{ kind = csv, path = x.txt, separator = tab }")).Separator);
        Assert.Equal(';', Assert.IsType<CsvSource>(Source("{ path = x.csv, separator = \";\" }")).Separator);
        ArraySource idx = Assert.IsType<ArraySource>(Source("{ kind = idx, path = a, labels = b, test-path = c, test-labels = d }"));
        Assert.Equal((ArrayFormat.Idx, true), (idx.Format, idx.HasTest));
        ArraySource tensors = Assert.IsType<ArraySource>(Source("{ path = a.safetensors, features = images, labels = digits }"));
        Assert.Equal(("images", "digits", false), (tensors.Features, tensors.Labels, tensors.HasTest));
        TextSource text = Assert.IsType<TextSource>(Source("{ kind = text, path = books, rows = windows, length = 5, stride = 3, test-share = 0.25 }"));
        Assert.Equal((TextUnit.Windows, 5, 3, 0.25), (text.Unit, text.Length, text.Stride, text.TestShare));
        Assert.NotNull(Assert.IsType<ImageFolderSource>(Source("{ kind = images, path = scans, labels = scans.csv }")).Labels);
        SqlSource query = Assert.IsType<SqlSource>(Source("{ path = ward.db, query = \"select a from b order by a\", parameters { ward = 7, name = north, share = 0.5, code = \"7\" } }"));
        Assert.IsType<SqliteFile>(query.Database);
        Assert.Equal([("code", "7"), ("name", "north"), ("share", 0.5), ("ward", (object)7L)], query.Parameters.Select(static p => (p.Key, p.Value)));
        SqlSource server = Assert.IsType<SqlSource>(Source("{ kind = postgresql, connection-variable = WARD_DB, query = \"select a from b order by a\" }"));
        Assert.Equal("WARD_DB", Assert.IsType<PostgresServer>(server.Database).Variable);
    }

    [Fact]
    public void Source_with_test_rows_of_its_own_brings_the_split()
    {
        Assert.Equal(new SplitRule.ByColumn("set"), ConfigFile.Load("simulation.data { kind = npy, path = a, test-path = b }").Simulation.Split);
        Assert.Equal(new SplitRule.EveryNth(4, 1), ConfigFile.Load("simulation { data { kind = npy, path = a, test-path = b }, split { test-every = 4, test-offset = 1 } }").Simulation.Split);
        Assert.Equal(new SplitRule.EveryNth(), ConfigFile.Load("simulation.data { kind = npy, path = a }").Simulation.Split);
    }

    [Fact]
    public void Splits_by_key_and_validation_rows_are_read()
    {
        FedConfig config = ConfigFile.Load("simulation.split { key = patient, salt = s, test-share = 0.25, validation-share = 0.1, evaluate = validation }");
        Assert.Equal(new SplitRule.ByKey("patient", "s", 0.25, 0.1), config.Simulation.Split);
        Assert.Equal(EvaluateChoice.Validation, config.Simulation.Evaluate);
        Assert.Equal(6, ConfigFile.Load("simulation.split.validation-every = 6").Simulation.Split.ValidationEvery);
    }

    [Fact]
    public void Columns_may_stand_in_a_block_with_units_ranges_and_texts()
    {
        FedConfig config = ConfigFile.Load("job.data.columns { age { type = numeric, unit = years, min = 0, max = 120, out-of-range = missing, missing = mean }, y { type = integer }, s { type = letters, alphabet = ACGT, length = 60, code = ids } }\n"
            + "simulation.data { path = x.csv, units { age = years } }");
        ColumnSpec age = config.Job.Data.Columns[0];
        Assert.Equal(("age", "years", 0.0, 120.0, OutOfRangePolicy.Missing, MissingPolicy.Mean), (age.Name, age.Unit, age.Min!.Value, age.Max!.Value, age.OutOfRange, age.Missing));
        Assert.Equal(new TextEncoding(60, "ACGT", LetterCode.Ids), config.Job.Data.Columns[2].Text);
        Assert.Equal("years", config.Schema.Units["age"]);
    }

    [Fact]
    public void Letters_may_be_categories() =>
        Assert.Equal(["a", "b", " "], ConfigFile.Load("job { model = softmax, data.columns { y { type = category, alphabet = \"ab \" } } }").Job.Data.Columns[0].Categories);

    [Theory]
    [InlineData("simulation.data = folder", "t.conf:4:19: the kind of folder does not show in its name; write simulation.data { kind = ..., path = ... }")]
    [InlineData("simulation.data { path = folder }", "t.conf:4:17: simulation.data.kind is not set, and the path does not tell it; write csv, npy, idx, safetensors, text, images, sqlite or postgresql")]
    [InlineData("simulation.data { kind = csv }", "t.conf:4:17: expected a text for simulation.data.path, found nothing")]
    [InlineData("simulation.data { path = x.csv, labels = y }", "t.conf:4:42: unknown key 'simulation.data.labels'")]
    [InlineData("simulation.data { path = x.csv, separator = \"--\" }", "t.conf:4:45: expected one character or tab for simulation.data.separator, found '--'")]
    [InlineData("simulation.data { kind = npy, path = x, labels = y, test-path = z }", "t.conf:4:65: simulation.data.test-labels is not set; test rows need labels as training rows do")]
    [InlineData("simulation.data { kind = npy, path = x, test-labels = z }", "t.conf:4:55: simulation.data.test-labels has no use without test-path; remove it")]
    [InlineData("simulation.data { kind = text, path = x, rows = windows }", "t.conf:4:49: simulation.data.length is not set; rows = windows needs the number of characters of a row")]
    [InlineData("simulation.data { kind = text, path = x, rows = lines, length = 3 }", "t.conf:4:65: simulation.data.length has no use with rows = lines; remove it")]
    [InlineData("simulation.data { kind = text, path = x, rows = lines, test-share = 1 }", "t.conf:4:69: expected simulation.data.test-share to be below 1, else nothing is left for training")]
    [InlineData("simulation.data { kind = sqlite, path = x, query = \"select 1\" }", "t.conf:4:52: simulation.data.query has no ORDER BY, so its rows may come in another order each time, and the run would not repeat; add ORDER BY with a key")]
    [InlineData("simulation.data { kind = postgresql, query = \"select a order by a\" }", "t.conf:4:26: simulation.data needs connection-file or connection-variable: where the connection string lies, which never stands in a configuration")]
    [InlineData("simulation.data { kind = postgresql, connection = \"Host=x\", query = \"select a order by a\" }", "t.conf:4:51: unknown key 'simulation.data.connection'")]
    [InlineData("job.data.connection-file = x", "t.conf:4:28: unknown key 'job.data.connection-file'")]
    [InlineData("simulation.split { key = p, column = q }", "t.conf:4:26: simulation.split.column and key are both set; keep one of them")]
    [InlineData("simulation.split { key = p, test-every = 5 }", "t.conf:4:42: simulation.split.test-every has no use beside simulation.split.key; keep one of them")]
    [InlineData("simulation.split { test-share = 0.3 }", "t.conf:4:33: simulation.split.test-share has no use without simulation.split.key; remove it")]
    [InlineData("simulation.split { key = p, validation-share = 0.8 }", "t.conf:4:48: simulation.split.test-share and validation-share leave nothing for training; together they must be below 1")]
    [InlineData("simulation.split { key = p, validation-every = 4 }", "t.conf:4:48: simulation.split.validation-every would divide the rows of a key; use validation-share")]
    [InlineData("simulation.split.evaluate = validation", "t.conf:4:29: simulation.split.evaluate = validation, but no rows are held out for validation; set validation-every or validation-share")]
    [InlineData("simulation.partition.from = quantity", "t.conf:4:29: simulation.partition.from = quantity needs simulation.partition.alpha")]
    [InlineData("simulation.partition.shift.rotation = 270", "t.conf:4:39: expected simulation.partition.shift.rotation to be at most 180 degrees")]
    [InlineData("simulation.partition.shift.scale = -1", "t.conf:4:36: expected a number of at least 0 for simulation.partition.shift.scale, found '-1'")]
    public void Sources_and_splits_that_cannot_be_are_refused(string additions, string expected) => Assert.StartsWith(expected, ConfigFile.Error(additions), StringComparison.Ordinal);

    [Theory]
    [InlineData("a { type = numeric, min = 5, max = 5 }", "the column 'a' has max = 5, which is not above its min; correct one of them")]
    [InlineData("a { type = numeric, min = low }", "expected a number for job.data.columns.a.min, found 'low'")]
    [InlineData("a { type = numeric, out-of-range = missing }", "the column 'a' says what numbers out of range do, but has no min and no max; add one")]
    [InlineData("a { type = key, unit = years }", "the column 'a' is of type key, so unit has no use there; remove it")]
    [InlineData("a { type = key, missing = mean }", "an empty cell of the key 'a' cannot be filled in; write error or drop-row")]
    [InlineData("a { type = letters, length = 3 }", "the column 'a' is of letters and needs alphabet")]
    [InlineData("a { type = letters, length = 3, alphabet = AA }", "the column 'a' needs an alphabet of at least two letters, each once, found 'AA'")]
    [InlineData("a { type = letters, length = 1000000, alphabet = AC }", "the column 'a' would become more than 1048576 features; shorten it")]
    [InlineData("a { type = words, length = 3 }", "the column 'a' is of words and needs buckets")]
    [InlineData("a { type = category, alphabet = ab, categories = [a, b] }", "the column 'a' has categories and an alphabet; keep one of them")]
    [InlineData("y { type = words, buckets = 8, length = 3 }", "the target 'y' cannot be text; give it the type numeric, integer or category")]
    [InlineData("a { tpye = numeric }", "unknown key 'job.data.columns.a.tpye'; did you mean 'type'?")]
    public void Columns_that_cannot_be_are_refused(string column, string expected) => Assert.EndsWith(expected, ConfigFile.Error($"job.data.columns {{ {column} }}"), StringComparison.Ordinal);

    private static DataSource Source(string block) => ConfigFile.Load($"simulation.data {block}\n{(block.Contains("text", StringComparison.Ordinal) ? Partition : "")}").Simulation.Source;
}
