using System.Text.RegularExpressions;
using Fed.Host.Commands;
using Fed.Host.Tests.Configuration;
using Xunit;

namespace Fed.Host.Tests;

/// <summary>The pages agree with the tree: links lead somewhere, files that are named exist, and commands that are shown can be typed.</summary>
public sealed partial class DocsTests
{
    private static readonly string Root = Repository.File("");

    private static readonly string[] Files = [.. Walk(Root).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    private static readonly string[] Pages = [.. Files.Where(static file => file.EndsWith(".md", StringComparison.Ordinal))];

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Link { get; }

    [GeneratedRegex(@"`(?<path>[\w./-]+\.cs|(src|tests|docs|bench|hocon|data|examples)/[\w./-]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex NamedFile { get; }

    [GeneratedRegex(@"\./fed (?<line>[^`#>|\n]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Command { get; }

    [GeneratedRegex(@"command: \[""(?<words>[a-z][^\]]+)""\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex ContainerCommand { get; }

    [GeneratedRegex(@"\./test\.sh (?<form>[a-z]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex TestForm { get; }

    [Fact]
    public void Relative_links_lead_to_files_of_the_repository()
    {
        (string Page, string Text)[] links = [.. Find(Link, "target").Where(static link => !link.Text.Contains("://", StringComparison.Ordinal))];
        Assert.NotEmpty(links);
        (string Page, string Text)[] broken = [.. links.Where(static link => !Exists(Path.Combine(Path.GetDirectoryName(link.Page)!, link.Text.Split('#')[0])))];
        Assert.Empty(broken);
    }

    [Fact]
    public void Files_that_a_page_names_exist()
    {
        (string Page, string Text)[] named = [.. Find(NamedFile, "path")];
        Assert.NotEmpty(named);
        (string Page, string Text)[] absent = [.. named.Where(static name => !Exists(name.Text) && !Files.Any(file => file.EndsWith("/" + name.Text, StringComparison.Ordinal)))];
        Assert.Empty(absent);
    }

    [Fact]
    public void Commands_that_a_page_shows_have_verbs_options_and_configurations_that_exist()
    {
        (string Page, string Text)[] commands = [.. Find(Command, "line")];
        Assert.Contains(commands, static command => command.Text.StartsWith("rounds replay 3", StringComparison.Ordinal));
        (string Page, string Fault)[] faults = [.. commands.Select(static command => (command.Page, Fault(command.Text) ?? "")).Where(static fault => fault.Item2.Length > 0)];
        Assert.Empty(faults);
    }

    [Fact]
    public void Commands_of_the_example_for_containers_exist()
    {
        string[] commands = [.. ContainerCommand.Matches(File.ReadAllText(Repository.File("deploy/container/compose.yaml"))).Select(static match => match.Groups["words"].Value.Replace("\", \"", " ", StringComparison.Ordinal))];
        Assert.Contains(commands, static command => command.StartsWith("federation database --host database ", StringComparison.Ordinal));   // else there are no tables, and the nodes start for ever
        Assert.All(commands, static command => Assert.Null(Fault(command)));
    }

    [Fact]
    public void Forms_of_the_test_script_that_a_page_shows_exist()
    {
        string script = File.ReadAllText(Repository.File("test.sh"));
        (string Page, string Text)[] forms = [.. Find(TestForm, "form")];
        Assert.NotEmpty(forms);
        (string Page, string Text)[] unknown = [.. forms.Where(form => !script.Contains($"\n  {form.Text}) shift", StringComparison.Ordinal))];
        Assert.Empty(unknown);
    }

    [Theory]
    [InlineData("rounds replai 3", "there is no 'fed rounds replai'")]
    [InlineData("rounds", "there is no 'fed rounds' without a word behind it")]
    [InlineData("simulate hocon/quickstart.conf --again", "'fed simulate' has no option --again")]
    [InlineData("simulate hocon/absent.conf", "there is no hocon/absent.conf")]
    public void A_command_that_does_not_exist_is_noticed(string line, string fault) => Assert.Equal(fault, Fault(line));

    /// <summary>What is wrong with a command line in a page; null when nothing is.</summary>
    private static string? Fault(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string verb = words[0];
        string help = Help(verb);
        bool isGroup = help.Contains("\nCommands:", StringComparison.Ordinal);
        if (isGroup && words.Length == 1) return $"there is no 'fed {verb}' without a word behind it";
        if (isGroup) help = Help(verb = $"{verb} {words[1]}");
        if (!help.Contains($"\n  fed {verb} ", StringComparison.Ordinal)) return $"there is no 'fed {verb}'";
        if (words.FirstOrDefault(word => word.StartsWith("--", StringComparison.Ordinal) && !help.Contains(word + " ", StringComparison.Ordinal)) is { } option)
            return $"'fed {verb}' has no option {option}";
        return words.FirstOrDefault(static word => word.EndsWith(".conf", StringComparison.Ordinal) && !Exists(word)) is { } absent ? $"there is no {absent}" : null;
    }

    private static string Help(string verb)
    {
        StringWriter output = new() { NewLine = "\n" };
        FedCommand.Run([.. verb.Split(' '), "--help"], output, TextWriter.Null, TestContext.Current.CancellationToken);
        return output.ToString();
    }

    private static IEnumerable<(string Page, string Text)> Find(Regex pattern, string part) =>
        Pages.SelectMany(page => pattern.Matches(File.ReadAllText(Repository.File(page))).Select(match => (page, match.Groups[part].Value)));

    private static bool Exists(string path) => Path.Exists(Repository.File(path));

    private static IEnumerable<string> Walk(string folder) =>
    [
        .. Directory.EnumerateFiles(folder),
        .. Directory.EnumerateDirectories(folder)
            .Where(static child => Path.GetFileName(child) is not ("bin" or "obj" or "artifacts" or "fed-data" or "TestResults" or "node_modules") && !Path.GetFileName(child).StartsWith('.'))
            .SelectMany(Walk),
    ];
}
