namespace Fed.Cluster.Identity.Enrolment;

/// <summary>SHA-256 in groups of four digits: what two people read to each other over another channel than the files came by.</summary>
public static class Fingerprint
{
    /// <summary>The fingerprint of some bytes.</summary>
    public static string Of(ReadOnlySpan<byte> content) => string.Join(' ', Digest.Of(content).ToString().Chunk(4).Select(static group => new string(group)));

    /// <summary>True for the same digits, all of them; case, spaces, colons and hyphens do not matter.</summary>
    public static bool Same(string one, string other) => string.Equals(Digits(one), Digits(other), StringComparison.OrdinalIgnoreCase);

    private static string Digits(string text) => string.Concat(text.Where(static character => !char.IsWhiteSpace(character) && character is not (':' or '-')));
}
