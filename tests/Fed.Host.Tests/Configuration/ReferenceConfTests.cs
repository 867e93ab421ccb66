using System.Text.RegularExpressions;
using Fed.Host.Configuration;
using Fed.Host.Configuration.Hocon;
using Xunit;

namespace Fed.Host.Tests.Configuration;

/// <summary>reference.conf and the options say the same.</summary>
public sealed class ReferenceConfTests
{
    private static readonly HoconObject Reference = Host.Configuration.Hocon.Hocon.Parse(FedConfig.ReferenceText, FedConfig.ReferenceName);

    [Fact]
    public void Every_key_is_read_and_every_key_that_is_read_is_listed()
    {
        HoconObject root = Host.Configuration.Hocon.Hocon.Parse($"{FedConfig.ReferenceText}\n{ConfigFile.Valid}", FedConfig.ReferenceName);
        HashSet<string> asked = new(StringComparer.Ordinal);
        FedConfig.Bind(root, "t.conf", asked);
        Assert.Equal(Keys(Reference, "").Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void There_are_at_most_ten_timing_settings()
    {
        int durations = Leaves(Reference).Count(static leaf => HoconUnits.TryDuration(leaf.Text, out _));
        Assert.InRange(durations, 1, 10);
    }

    [Fact]
    public void Every_timing_setting_is_explained_on_its_line()
    {
        foreach (string line in FedConfig.ReferenceText.Split('\n').Where(static line => Regex.IsMatch(line, @"= \d+(ms|s|m|h|d)\b", RegexOptions.None, TimeSpan.FromSeconds(1))))
            Assert.Matches(@"#\s+\S.{20,}", line);
    }

    private static IEnumerable<string> Keys(HoconObject node, string path)
    {
        foreach ((string key, HoconValue value) in node.Members)
        {
            string full = path.Length == 0 ? key : $"{path}.{key}";
            yield return full;
            if (value is HoconObject below)
                foreach (string deeper in Keys(below, full))
                    yield return deeper;
        }
    }

    private static IEnumerable<HoconScalar> Leaves(HoconValue value) => value switch
    {
        HoconObject node => node.Members.SelectMany(static m => Leaves(m.Value)),
        HoconArray list => list.Items.SelectMany(Leaves),
        HoconScalar scalar => [scalar],
        _ => throw new InvalidOperationException(value.GetType().Name),
    };
}
