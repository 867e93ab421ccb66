using System.Text.RegularExpressions;

namespace Fed.Crypto.Tests.Architecture;

/// <summary>Inside Fed.Crypto the arrows point down: ring, samplers, keys, then packed sums and CKKS beside each other, then several parties, and masks, which take from them only names and hashes.</summary>
public sealed partial class LayerTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Ring"] = [],
        ["Sampling"] = ["Ring"],
        ["Rlwe"] = ["Ring", "Sampling"],
        ["Packing"] = ["Ring", "Sampling", "Rlwe"],
        ["Ckks"] = ["Ring", "Sampling", "Rlwe"],
        ["Multiparty"] = ["Ring", "Sampling", "Rlwe", "Packing"],
        ["SecAgg"] = ["Sampling", "Rlwe", "Multiparty"],
        ["SelfTest"] = ["Ring", "Sampling", "Rlwe", "Packing", "Ckks", "Multiparty", "SecAgg"],
    };

    private static readonly string Source = Path.Combine(Root(), "src", "Fed.Crypto");

    [GeneratedRegex(@"\b(?<layer>Ring|Sampling|Rlwe|Packing|Ckks|Multiparty|SecAgg|SelfTest)(;|\.[A-Z])", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Mention { get; }

    [Fact]
    public void Every_folder_has_its_place() => Assert.Equal(
        Allowed.Keys.Order(StringComparer.Ordinal),
        Directory.EnumerateDirectories(Source).Select(static folder => Path.GetFileName(folder)!).Where(static name => name is not ("bin" or "obj")).Order(StringComparer.Ordinal));

    [Fact]
    public void Layers_name_only_those_below_them()
    {
        foreach ((string layer, string[] below) in Allowed)
        {
            string[] files = [.. Directory.EnumerateFiles(Path.Combine(Source, layer), "*.cs", SearchOption.AllDirectories)];
            Assert.NotEmpty(files);
            // A property may be called Ring, which is below everything.
            IEnumerable<string> named = files.SelectMany(static file => Mention.Matches(File.ReadAllText(file)).Select(match => match.Groups["layer"].Value)).Distinct();
            Assert.Empty(named.Except([layer, "Ring", .. below]).Select(name => $"{layer} -> {name}"));
        }
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FedActors.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("no FedActors.sln above the test's binaries");
    }
}
