using System.Text;
using Fed.Host.Configuration.Hocon;
using Xunit;

namespace Fed.Host.Tests.Configuration.Hocon;

/// <summary>Resolved values as compact JSON-like text, so that a test states a whole result in one line.</summary>
internal static class HoconText
{
    public static string Read(string text, params (string Name, string Value)[] environment) =>
        Show(Host.Configuration.Hocon.Hocon.Parse(text, "test.conf", name => Array.Find(environment, pair => pair.Name == name).Value));

    public static string Error(string text) => Assert.Throws<HoconException>(() => Read(text)).Message;

    public static string Show(HoconValue value) => value switch
    {
        HoconObject node => $"{{{string.Join(",", node.Members.Select(static m => $"{m.Key}:{Show(m.Value)}"))}}}",
        HoconArray list => $"[{string.Join(",", list.Items.Select(Show))}]",
        HoconScalar { Kind: HoconScalarKind.Text } text => Quote(text.Text),
        HoconScalar plain => plain.Text,
        _ => throw new InvalidOperationException(value.GetType().Name),
    };

    public static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in text)
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (c < ' ') quoted.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        return quoted.Append('"').ToString();
    }
}
