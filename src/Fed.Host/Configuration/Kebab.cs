using System.Text;

namespace Fed.Host.Configuration;

/// <summary>How the names of enumeration members are written in configurations: <c>DropRow</c> is <c>drop-row</c>.</summary>
internal static class Kebab
{
    public static string From(string name)
    {
        StringBuilder text = new();
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0) text.Append('-');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }
}
