using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol.Key;

/// <summary>What a site answers in one step of a key's making: by its hash, since it may be large; the bytes lie in the site's blobs.</summary>
/// <param name="Silo">Whose answer.</param>
/// <param name="Job">In which job.</param>
/// <param name="Epoch">In which ceremony.</param>
/// <param name="Step">In which step.</param>
/// <param name="Plan">Hash of the plan that the site approved.</param>
/// <param name="Given">Hash of what it was given.</param>
/// <param name="Payload">Hash of the answer's bytes.</param>
/// <param name="Signature">The site's signature over <see cref="SignedContent"/>.</param>
public sealed record KeyAnswer(SiloId Silo, JobId Job, int Epoch, KeyStep Step, Digest Plan, Digest Given, Digest Payload, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The purpose under which answers are signed.</summary>
    public const string Purpose = "fedactors/key-answer/1";

    /// <summary>The bytes that the signature covers: every other field.</summary>
    public byte[] SignedContent() => Encoding.UTF8.GetBytes($"{Silo}\n{Job}\n{Epoch}\n{Step}\n{Plan}\n{Given}\n{Payload}");
}
