using System.CommandLine;
using System.Text.Json;
using Fed.Host.Commands;
using Xunit;

namespace Fed.Host.Tests.Commands;

public sealed class ErrorBoundaryTests
{
    public static TheoryData<Exception, int, string> Faults => new()
    {
        { new UserException("the file 'x' does not exist; check its path"), 2, "fed: the file 'x' does not exist; check its path\n" },
        { new Learning.Data.DataException("x.csv, row 7, column 'age' is empty; fill it."), 2, "fed: x.csv, row 7, column 'age' is empty; fill it\n" },
        { new Fed.Cluster.Stores.DataDirectoryInUseException("the data directory 'x' is in use by process 7"), 1, "fed: the data directory 'x' is in use by process 7\n" },
        { new IOException("no space left on device: 'journal.sqlite'"), 1, "fed: no space left on device: 'journal.sqlite'\n" },
        { new UnauthorizedAccessException("access to 'x' is denied"), 1, "fed: access to 'x' is denied\n" },
        { new JobSpoiltException("job x-1 failed: opening inconsistent: entry 3"), 1, "fed: job x-1 failed: opening inconsistent: entry 3\n" },
        { new OperationCanceledException(), 1, "fed: stopped before the end; what was committed is safe\n" },
        { new InvalidOperationException("seven"), 1, "fed: an error in fed itself: seven (InvalidOperationException); run again with --verbose and report it\n" },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void Each_kind_of_fault_has_its_exit_code_and_one_sentence(Exception fault, int code, string expected) => Assert.Equal((code, expected), Run(fault));

    [Fact]
    public void Verbose_adds_the_stack_trace()
    {
        (_, string error) = Run(new UserException("wrong"), "--verbose");
        Assert.StartsWith("fed: wrong\nFed.Host.UserException: wrong\n   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_one_line_and_holds_the_stack_trace_only_when_verbose()
    {
        (_, string quiet) = Run(new UserException("wrong \"x\"\nhere"), "--json");
        Assert.Equal("{\"error\":{\"message\":\"wrong \\\"x\\\"\\nhere\",\"exitCode\":2}}\n", quiet);
        (_, string verbose) = Run(new UserException("wrong"), "--json", "--verbose");
        Assert.Contains("at ", JsonDocument.Parse(verbose).RootElement.GetProperty("error").GetProperty("stackTrace").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_context_carries_what_the_command_line_says()
    {
        SharedOptions shared = new();
        Command root = new("fed");
        shared.AddTo(root);
        using CancellationTokenSource stop = new();
        ParseResult parse = root.Parse(["--data", "/srv/fed", "--json"]);
        CommandContext? seen = null;
        Assert.Equal(0, new ErrorBoundary(shared, stop.Token).Run(parse, context => (seen = context) is null ? 1 : 0));
        Assert.Equal(("/srv/fed", true, false, stop.Token), (seen!.DataDirectory, seen.Json, seen.Verbose, seen.Cancel));
        Assert.Equal("./fed-data", (seen with { Data = null }).DataDirectory);
    }

    [Fact]
    public void An_empty_data_folder_is_refused() => Assert.Equal((2, "fed: --data is empty; name a folder\n"), Run(new InvalidOperationException("not reached"), "--data", ""));

    private static (int Code, string Error) Run(Exception fault, params string[] args)
    {
        SharedOptions shared = new();
        Command root = new("fed");
        shared.AddTo(root);
        StringWriter error = new() { NewLine = "\n" };
        ParseResult parse = root.Parse(args);
        int code = -1;
        root.SetAction(inner => code = new ErrorBoundary(shared, CancellationToken.None).Run(inner, _ => throw fault));
        parse.Invoke(new InvocationConfiguration { Error = error, EnableDefaultExceptionHandler = false });
        return (code, error.ToString().ReplaceLineEndings("\n"));
    }
}
