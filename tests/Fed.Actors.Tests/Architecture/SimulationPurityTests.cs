using System.Text.RegularExpressions;
using Xunit;

namespace Fed.Actors.Tests.Architecture;

/// <summary>One seed decides everything in the simulator: no generator, clock, hash code or floating point of the platform may take part. The build bans the symbols; here is proved that it does.</summary>
public sealed partial class SimulationPurityTests
{
    /// <summary>Files that carry real numbers through: what a computation returns, and what a metric is. They decide nothing by them.</summary>
    private static readonly string[] CarryRealNumbers = ["ScriptedComputation.cs", "ScriptedProgram.cs", "SimulatedTrainer.cs", "SumProgram.cs"];

    [Theory]
    [InlineData("T:System.Random")]
    [InlineData("T:System.Security.Cryptography.RandomNumberGenerator")]
    [InlineData("M:System.Guid.NewGuid")]
    [InlineData("T:System.HashCode")]
    [InlineData("M:System.String.GetHashCode")]
    [InlineData("P:System.DateTimeOffset.UtcNow")]
    [InlineData("M:System.TimeSpan.op_Multiply(System.TimeSpan,System.Double)")]
    public void Symbol_that_no_seed_decides_is_banned(string symbol) =>
        Assert.Contains(File.ReadLines(Repository.PathOf("tests", "Fed.TestKit", "BannedSymbols.txt")), line => line.StartsWith(symbol + ";", StringComparison.Ordinal));

    [Theory]
    [InlineData("Fed.TestKit")]
    [InlineData("Fed.Simulation")]
    public void Build_makes_banned_symbols_errors(string project)
    {
        string text = File.ReadAllText(Repository.PathOf("tests", project, project + ".csproj"));
        Assert.Contains("Microsoft.CodeAnalysis.BannedApiAnalyzers", text, StringComparison.Ordinal);
        Assert.Contains("BannedSymbols.txt", text, StringComparison.Ordinal);
        string[] section = [.. File.ReadLines(Repository.PathOf(".editorconfig")).SkipWhile(line => line != "[tests/{Fed.TestKit,Fed.Simulation}/**.cs]").Skip(1).TakeWhile(line => !line.StartsWith('['))];
        Assert.Contains(section, line => line.StartsWith("dotnet_diagnostic.RS0030.severity = error", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_the_first_seed_of_a_fresh_run_is_excepted() =>
        Assert.Equal(["SimulationOptions.cs"], Sources().Where(file => File.ReadAllText(file).Contains("disable RS0030", StringComparison.Ordinal)).Select(Path.GetFileName));

    /// <summary>Integers only, but for what is printed of a whole run's duration and for what computations return. Real servers (<c>Servers/</c>) take no part in simulation.</summary>
    [Fact]
    public void No_floating_point_takes_part_in_a_choice_or_a_trace()
    {
        Assert.NotEmpty(Sources());
        Assert.Empty(
            from file in Sources()
            where file.Contains("Fed.TestKit", StringComparison.Ordinal) && !file.Contains("/Servers/", StringComparison.Ordinal) && !CarryRealNumbers.Contains(Path.GetFileName(file))
            from line in File.ReadLines(file)
            where !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && FloatingPoint().IsMatch(line)
            select $"{Path.GetFileName(file)}: {line.Trim()}");
    }

    private static IEnumerable<string> Sources() =>
        ((string[])["Fed.TestKit", "Fed.Simulation"])
        .SelectMany(static project => Directory.EnumerateFiles(Repository.PathOf("tests", project), "*.cs", SearchOption.AllDirectories))
        .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\b(double|float|decimal|Half|MathF?\.(Sqrt|Pow|Log|Exp|Round|Floor|Ceiling))\b|(?<![\w.""])\d+\.\d+\b|\.Total(Ticks|Milliseconds|Seconds|Minutes|Hours|Days)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FloatingPoint();
}
