using System.Text.RegularExpressions;
using Xunit;

namespace Fed.Actors.Tests.Architecture;

/// <summary>Deciders are proved pure by the build; here is proved that the build does so. Kernel and Persistence get time and randomness from outside.</summary>
public sealed partial class PurityTests
{
    [Theory]
    [InlineData("N:System.IO")]
    [InlineData("N:System.Net")]
    [InlineData("N:System.Threading")]
    [InlineData("N:System.Threading.Tasks")]
    [InlineData("T:System.Random")]
    [InlineData("T:System.DateTime")]
    [InlineData("T:System.TimeProvider")]
    [InlineData("P:System.DateTimeOffset.Now")]
    [InlineData("P:System.DateTimeOffset.UtcNow")]
    [InlineData("M:System.Guid.NewGuid")]
    [InlineData("T:System.Security.Cryptography.RandomNumberGenerator")]
    public void A_symbol_that_would_hide_a_clock_or_a_world_is_banned(string symbol) =>
        Assert.Contains(File.ReadLines(Repository.PathOf("src", "Fed.Actors", "Protocol", "BannedSymbols.txt")), line => line.StartsWith(symbol + ";", StringComparison.Ordinal));

    [Fact]
    public void The_build_makes_banned_symbols_errors_in_the_protocol()
    {
        string project = File.ReadAllText(Repository.PathOf("src", "Fed.Actors", "Fed.Actors.csproj"));
        Assert.Contains("Microsoft.CodeAnalysis.BannedApiAnalyzers", project, StringComparison.Ordinal);
        Assert.Contains("""<AdditionalFiles Include="Protocol/BannedSymbols.txt" />""", project, StringComparison.Ordinal);

        string[] section = [.. File.ReadLines(Repository.PathOf(".editorconfig")).SkipWhile(line => line != "[src/Fed.Actors/Protocol/**.cs]").Skip(1).TakeWhile(line => !line.StartsWith('['))];
        Assert.Contains(section, line => line.StartsWith("dotnet_diagnostic.RS0030.severity = error", StringComparison.Ordinal));
    }

    [Fact]
    public void No_line_of_the_protocol_asks_for_an_exception_from_the_ban()
    {
        Assert.Empty(
            from file in Sources("Protocol")
            from line in File.ReadLines(file)
            where line.Contains("RS0030", StringComparison.Ordinal) || line.Contains("SuppressMessage", StringComparison.Ordinal)
            select $"{Path.GetFileName(file)}: {line.Trim()}");
    }

    [Theory]
    [InlineData("Kernel")]
    [InlineData("Persistence")]
    [InlineData("Protocol")]
    public void Time_and_randomness_come_from_outside_and_nothing_is_blocked(string folder)
    {
        Assert.NotEmpty(Sources(folder));
        Assert.Empty(
            from file in Sources(folder)
            from line in File.ReadLines(file)
            where !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && Ambient().IsMatch(line)
            select $"{Path.GetFileName(file)}: {line.Trim()}");
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Repository.PathOf("src", "Fed.Actors", folder), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bnew Random\b|\bRandom\.Shared\b|\bGuid\.NewGuid\b|\bTask\.(Run|Delay)\b|\bThread\.Sleep\b|\bEnvironment\.TickCount|\bStopwatch\.", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ambient();
}
