using System.Text.RegularExpressions;
using Fed.Host.Configuration;
using Xunit;

namespace Fed.Host.Tests.Configuration;

/// <summary>docs/configuration.md shows configurations that load.</summary>
public sealed partial class ConfigurationDocTests
{
    private static readonly string Doc = File.ReadAllText(Repository.File("docs/configuration.md"));

    [GeneratedRegex("```hocon\\n(.*?)```", RegexOptions.Singleline, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Blocks { get; }

    [Fact]
    public void Every_example_is_valid()
    {
        string[] examples = [.. Blocks.Matches(Doc).Select(static match => match.Groups[1].Value)];
        Assert.Equal(5, examples.Length);
        Assert.All(examples, static example => Assert.NotEmpty(ConfigFile.Load(example).Job.Name));
    }

    [Fact]
    public void Every_example_of_the_data_page_is_valid()
    {
        string[] examples = [.. Blocks.Matches(File.ReadAllText(Repository.File("docs/data.md"))).Select(static match => match.Groups[1].Value)];
        Assert.Equal(2, examples.Length);
        Assert.All(examples, static example => Assert.NotEmpty(ConfigFile.Load(example).Job.Name));
    }

    [Fact]
    public void The_first_example_is_complete_by_itself()
    {
        using TemporaryFolder folder = new();
        FedConfig config = FedConfig.Load(folder.Write("t.conf", Blocks.Match(Doc).Groups[1].Value));
        Assert.Equal(("first", 5), (config.Job.Name, config.Simulation.SiteCount));
    }
}
