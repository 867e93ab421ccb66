using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Host.Tests.Configuration.Hocon;

public sealed class HoconProperties
{
    // Pieces that meet every branch of the grammar far more often than random characters would.
    private static readonly string[] Pieces =
    [
        "a", "b", "a.b", "x y", "\"q\"", "\"\"\"t\"\"\"", "\"", "\"\"\"", "=", ":", "+=", "+", "{", "}", "[", "]", ",", "\n", " ", "#c\n", "//", "${a}", "${?b}", "${a.b}", "${", "}", "$",
        "include ", "include \"a\"", "1", "-1.5e3", "1e+", "true", "null", "\\", "\\u12", "\uFEFF", "\0", "\ud800", ".", "..", "'", "%", "é",
    ];

    [Fact]
    public void Any_text_gives_a_value_or_a_hocon_error()
    {
        Gen<string> soup = Gen.Elements(Pieces).ListOf().Select(static list => string.Concat(list));
        Prop.ForAll(soup.ToArbitrary(), ReadsOrRefuses).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000).WithEndSize(60));
        Prop.ForAll<string>(text => text is null || ReadsOrRefuses(text)).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void A_flipped_cut_or_doubled_part_of_a_real_file_gives_a_value_or_a_hocon_error()
    {
        string whole = Host.Configuration.FedConfig.ReferenceText;
        Gen<string> damaged =
            from at in Gen.Choose(0, whole.Length - 1)
            from length in Gen.Choose(0, 40)
            from piece in Gen.Elements(Pieces)
            select whole[..at] + piece + whole[Math.Min(whole.Length, at + length)..];
        Prop.ForAll(damaged.ToArbitrary(), ReadsOrRefuses).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Every_string_survives_quoting()
    {
        Prop.ForAll<string>(text => text is null || HoconText.Read($"a = {HoconText.Quote(text)}") == $"{{a:{HoconText.Quote(text)}}}").Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Json_numbers_lists_and_objects_read_as_json_does()
    {
        Prop.ForAll<int[], bool>((numbers, flag) =>
        {
            string json = JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal) { ["n"] = numbers ?? [], ["f"] = flag });
            string shown = $"{{n:[{string.Join(",", (numbers ?? []).Select(static n => n.ToString(CultureInfo.InvariantCulture)))}],f:{(flag ? "true" : "false")}}}";
            return HoconText.Read(json) == shown;
        }).Check(Config.QuickThrowOnFailure);
    }

    [Fact]
    public void Nested_and_dotted_keys_mean_the_same()
    {
        Gen<string[]> keys = Gen.Elements("a", "b", "c").NonEmptyListOf().Select(static list => list.Take(8).ToArray());
        Prop.ForAll(keys.ToArbitrary(), path =>
        {
            string nested = string.Concat(path.Select(static key => $"{key} {{ ")) + "x = 1" + string.Concat(path.Select(static _ => " }"));
            return HoconText.Read(nested) == HoconText.Read($"{string.Join('.', path)}.x = 1");
        }).Check(Config.QuickThrowOnFailure);
    }

    private static bool ReadsOrRefuses(string text)
    {
        try
        {
            HoconText.Read(text);
        }
        catch (Host.Configuration.Hocon.HoconException e)
        {
            return e.Origin.Line >= 1 && e.Origin.Column >= 1 && e.Message.StartsWith("test.conf:", StringComparison.Ordinal);
        }
        return true;
    }
}
