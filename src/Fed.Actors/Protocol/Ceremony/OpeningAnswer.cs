using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol.Ceremony;

/// <summary>What a site answers about an opening: the opening's hash, then the answer, so that an answer about openers that were drawn before is not taken for one about these.</summary>
public static class OpeningAnswer
{
    /// <summary>The most characters of a reason that anybody is told.</summary>
    public const int ReasonMax = 300;

    /// <summary>True for the steps whose answers belong to one opening.</summary>
    public static bool IsOf(CeremonyStep step) => step is CeremonyStep.Challenge or CeremonyStep.Evaluate or CeremonyStep.Ready or CeremonyStep.Share or CeremonyStep.DoubtSum;

    /// <summary>The payload of an answer.</summary>
    public static byte[] Write(Digest opening, ReadOnlySpan<byte> answer)
    {
        byte[] payload = new byte[Digest.Size + answer.Length];
        opening.CopyTo(payload);
        answer.CopyTo(payload.AsSpan(Digest.Size));
        return payload;
    }

    /// <summary>The payload of an answer that is a hash.</summary>
    public static byte[] Write(Digest opening, Digest answer)
    {
        byte[] bytes = new byte[Digest.Size];
        answer.CopyTo(bytes);
        return Write(opening, bytes);
    }

    /// <summary>The payload of an answer that is a reason.</summary>
    public static byte[] Write(Digest opening, string reason) => Write(opening, Encoding.UTF8.GetBytes(Shown(reason)));

    /// <summary>The reason in a payload, whatever its sender put there: of a limited length, and on one line.</summary>
    public static string ReasonOf(ReadOnlyMemory<byte> payload) => Shown(Encoding.UTF8.GetString(AnswerOf(payload).Span[..Math.Min(AnswerOf(payload).Length, 4 * ReasonMax)]));

    /// <summary>A reason as it may be shown: no control characters, and at most <see cref="ReasonMax"/> characters.</summary>
    public static string Shown(string reason) => string.Concat(reason.Take(ReasonMax).Select(static letter => char.IsControl(letter) ? ' ' : letter));

    /// <summary>The opening that a payload is about; zero where it is too short to be about one.</summary>
    public static Digest OpeningOf(ReadOnlyMemory<byte> payload) => payload.Length < Digest.Size ? default : new Digest(payload.Span[..Digest.Size]);

    /// <summary>The answer in a payload.</summary>
    public static ReadOnlyMemory<byte> AnswerOf(ReadOnlyMemory<byte> payload) => payload.Length < Digest.Size ? default : payload[Digest.Size..];

    /// <summary>The answer in a payload, where it is a hash; zero where it is none.</summary>
    public static Digest DigestOf(ReadOnlyMemory<byte> payload) => payload.Length == 2 * Digest.Size ? new Digest(payload.Span[Digest.Size..]) : default;
}
