using System.Security.Cryptography;
using Fed.Actors.Protocol;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>Writes envelopes for one node: encrypts for all who may stand for the recipient, and signs. Thread-safe.</summary>
/// <param name="keys">The node's keys.</param>
/// <param name="members">Whom it knows.</param>
/// <param name="versions">What it and they speak; the same as the opener's.</param>
public sealed class EnvelopeSealer(NodeKeys keys, Membership members, WireVersions versions)
{
    internal const string Purpose = "fedactors/envelope/1";

    private readonly SenderSecrets _ephemerals = new();
    private readonly byte[] _effectKey = RandomNumberGenerator.GetBytes(32);   // so that an effect's id tells nobody what is said

    /// <summary>Seals content for everybody who may stand for an address.</summary>
    /// <param name="job">The job that it is about.</param>
    /// <param name="sender">For whom it speaks.</param>
    /// <param name="recipient">To whom.</param>
    /// <param name="content">What it says.</param>
    /// <returns>The envelope; null where nobody is enrolled who could read it.</returns>
    /// <exception cref="ArgumentException">It is too large, or a name is not printable ASCII.</exception>
    public byte[]? Seal(JobId job, Origin sender, NodeAddress recipient, EnvelopeContent content) => Seal(job, sender, recipient, content, members.For(recipient, CertificateUse.Encryption));

    /// <summary>Seals content for one node of those who may stand for an address: an answer to the one that asked.</summary>
    /// <inheritdoc cref="Seal(JobId, Origin, NodeAddress, EnvelopeContent)"/>
    public byte[]? SealFor(NodeIdentity node, JobId job, Origin sender, NodeAddress recipient, EnvelopeContent content) => Seal(job, sender, recipient, content, members.Of(node, CertificateUse.Encryption));

    private byte[]? Seal(JobId job, Origin sender, NodeAddress recipient, EnvelopeContent content, ImmutableArray<CertifiedKey> readers)
    {
        if (readers.Length > EnvelopeForm.RecipientsMax) readers = [.. readers.OrderByDescending(static key => key.NotAfter).Take(EnvelopeForm.RecipientsMax).OrderBy(static key => key.KeyId)];
        if (readers.IsEmpty) return null;
        string[] texts = [members.Federation, job.Value, sender.Address.Value, recipient.Value];
        if (!texts.Append(content.Kind).All(EnvelopeForm.IsText)) throw new ArgumentException($"names in an envelope have 1 to {EnvelopeForm.TextMax} printable characters: {string.Join(", ", texts)}, {content.Kind}");
        if (!JobId.IsName(job.Value)) throw new ArgumentException($"a job in an envelope is called by {JobId.Form}", nameof(job));
        byte[] plaintext = Plaintext(content);
        int before = 12 + texts.Sum(static text => 1 + text.Length) + 8 + EnvelopeForm.IdBytes + Digest.Size + EnvelopeForm.PointBytes + EnvelopeForm.SaltBytes + 1 + (readers.Length * (Digest.Size + EnvelopeForm.WrappedBytes)) + 4;
        int length = before + plaintext.Length + EnvelopeForm.TagBytes + EnvelopeForm.SignatureBytes;
        if (length > EnvelopeForm.FrameBytesMax) throw new ArgumentException($"an envelope has at most {EnvelopeForm.FrameBytesMax} bytes; '{content.Kind}' needs {length}");

        byte[] frame = new byte[length];
        EnvelopeForm.Writer writer = new(frame);
        writer.Bytes(EnvelopeForm.Magic);
        writer.UInt16(versions.For(readers.AsSpan()));
        writer.UInt16(versions.SpeaksUpTo);
        writer.Int32(length);
        foreach (string text in texts) writer.Text(text);
        writer.Int64(sender.Epoch);
        EffectId(texts, plaintext).TryWriteBytes(writer.Take(EnvelopeForm.IdBytes));
        writer.Digest(keys.Signer.KeyId);
        Span<byte> contentKey = stackalloc byte[EnvelopeForm.ContentKeyBytes];
        RandomNumberGenerator.Fill(contentKey);
        WriteKeys(ref writer, contentKey, readers);
        writer.Int32(plaintext.Length);
        ReadOnlySpan<byte> outside = frame.AsSpan(0, before);
        ContentKeys.Encrypt(contentKey, plaintext, writer.Take(plaintext.Length), writer.Take(EnvelopeForm.TagBytes), outside);
        CryptographicOperations.ZeroMemory(contentKey);
        CryptographicOperations.ZeroMemory(plaintext);
        writer.Bytes(keys.Signer.Sign(Purpose, Statement(outside, frame.AsSpan(before, length - before - EnvelopeForm.SignatureBytes))).Span);
        return frame;
    }

    /// <summary>What is signed: all that is readable, and what is not by its hash, so that a signature can be checked by whoever has no more than that.</summary>
    internal static byte[] Statement(ReadOnlySpan<byte> outside, ReadOnlySpan<byte> encrypted)
    {
        byte[] statement = new byte[outside.Length + Digest.Size];
        outside.CopyTo(statement);
        SHA256.HashData(encrypted, statement.AsSpan(outside.Length));
        return statement;
    }

    private static byte[] Plaintext(EnvelopeContent content)
    {
        byte[] plaintext = new byte[1 + content.Kind.Length + 2 + content.Body.Length];
        EnvelopeForm.Writer writer = new(plaintext);
        writer.Text(content.Kind);
        writer.UInt16(checked((ushort)content.Version));
        writer.Bytes(content.Body.Span);
        return plaintext;
    }

    private void WriteKeys(ref EnvelopeForm.Writer writer, scoped ReadOnlySpan<byte> contentKey, ImmutableArray<CertifiedKey> readers)
    {
        SenderSecrets.Ephemeral ephemeral = _ephemerals.Next();
        writer.Bytes(ephemeral.Point);
        Span<byte> salt = writer.Take(EnvelopeForm.SaltBytes);
        RandomNumberGenerator.Fill(salt);
        byte[] purpose = ContentKeys.PurposeOf(salt);
        writer.Byte((byte)readers.Length);
        foreach (CertifiedKey reader in readers)
        {
            writer.Digest(reader.KeyId);
            ContentKeys.Wrap(contentKey, ephemeral.With(reader), ephemeral.Point, reader.KeyId, writer.Take(EnvelopeForm.WrappedBytes), purpose);
        }
    }

    private Guid EffectId(string[] texts, ReadOnlySpan<byte> plaintext)
    {
        using IncrementalHash hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _effectKey);
        foreach (string text in texts) hash.AppendData(Encoding.ASCII.GetBytes(text + "\n"));
        hash.AppendData(plaintext);
        return new Guid(hash.GetHashAndReset().AsSpan(0, EnvelopeForm.IdBytes));
    }
}
