using System.Security.Cryptography;
using Fed.Actors.Protocol;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>An envelope that was opened: everything in it is its sender's word.</summary>
/// <param name="Header">What stands outside.</param>
/// <param name="Content">What is inside.</param>
/// <param name="By">Who signed.</param>
public sealed record OpenedEnvelope(EnvelopeHeader Header, EnvelopeContent Content, NodeIdentity By);

/// <summary>Opens envelopes for one node, and refuses what does not fit. Nothing that was not signed by a node that may say it reaches anybody. Thread-safe.</summary>
/// <param name="keys">The node's encryption keys: the present one first, and while it renews the one before.</param>
/// <param name="members">Whom it knows.</param>
/// <param name="versions">What it and they speak; the same as the sealer's.</param>
public sealed class EnvelopeOpener(ImmutableArray<EncryptionKey> keys, Membership members, WireVersions versions)
{
    private readonly VerificationKeys _known = new();
    private readonly ReceivedSecrets _secrets = new();

    /// <summary>Opens an envelope that came to an address.</summary>
    /// <exception cref="EnvelopeException">It is refused.</exception>
    public OpenedEnvelope Open(ReadOnlyMemory<byte> frame, NodeAddress recipient) => Open(frame, address => address == recipient, recipient.Value);

    /// <summary>Opens an envelope that came to a node, at whichever of its addresses.</summary>
    /// <inheritdoc cref="Open(ReadOnlyMemory{byte}, NodeAddress)"/>
    public OpenedEnvelope Open(ReadOnlyMemory<byte> frame, NodeIdentity node) => Open(frame, node.MayBe, node.Uri);

    private OpenedEnvelope Open(ReadOnlyMemory<byte> frame, Predicate<NodeAddress> isRecipient, string at)
    {
        ReadOnlySpan<byte> bytes = frame.Span;
        if (bytes.Length > EnvelopeForm.FrameBytesMax) throw new EnvelopeException(EnvelopeRefusal.Oversize, $"an envelope of {bytes.Length} bytes; the largest has {EnvelopeForm.FrameBytesMax}");
        EnvelopeForm.Reader reader = new(bytes);
        if (!reader.Take(EnvelopeForm.Magic.Length).SequenceEqual(EnvelopeForm.Magic)) throw EnvelopeForm.Malformed("it does not begin like one");
        ushort version = reader.UInt16(), speaksUpTo = reader.UInt16();
        if (!versions.Reads(version)) throw new EnvelopeException(EnvelopeRefusal.UnsupportedVersion, $"an envelope of version {version}, which this program does not speak; upgrade the older of the two nodes");
        if (speaksUpTo < version) throw EnvelopeForm.Malformed("it is of a version that its sender does not speak");
        if (reader.Int32() != bytes.Length) throw EnvelopeForm.Malformed("it has another length than it says");

        EnvelopeHeader header = ReadHeader(ref reader);
        Digest signedBy = reader.Digest();
        ReadOnlySpan<byte> point = reader.Take(EnvelopeForm.PointBytes), salt = reader.Take(EnvelopeForm.SaltBytes);
        WrappedKey wrapped = FindOwn(ref reader);
        int length = reader.Int32();
        ReadOnlySpan<byte> outside = bytes[..reader.Position], ciphertext = reader.Take(length), tag = reader.Take(EnvelopeForm.TagBytes), signature = reader.Take(EnvelopeForm.SignatureBytes);
        if (!reader.IsAtEnd) throw EnvelopeForm.Malformed("bytes follow");

        if (header.Federation != members.Federation) throw new EnvelopeException(EnvelopeRefusal.OtherFederation, $"an envelope of the federation '{header.Federation}'");
        if (!isRecipient(header.Recipient)) throw new EnvelopeException(EnvelopeRefusal.OtherRecipient, $"an envelope for {header.Recipient} came to {at}");
        CertifiedKey sender = members.Find(signedBy, CertificateUse.Signing)
            ?? throw new EnvelopeException(EnvelopeRefusal.UnknownSender, $"an envelope in the name of {header.Sender.Address}, signed by a key that no valid certificate has ({signedBy})");
        if (!sender.Identity.MayBe(header.Sender.Address)) throw new EnvelopeException(EnvelopeRefusal.WrongRole, $"{sender.Identity} spoke as {header.Sender.Address}");
        if (!IsSigned(sender, EnvelopeSealer.Statement(outside, bytes.Slice(outside.Length, length + EnvelopeForm.TagBytes)), signature))
            throw new EnvelopeException(EnvelopeRefusal.BadSignature, $"an envelope in the name of {sender.Identity} that it has not signed");
        versions.Heard(sender.Identity, speaksUpTo);
        EnvelopeContent content = Decrypt(sender, wrapped, point, salt, ciphertext, tag, outside);
        if (!EnvelopeRules.Allows(header.Sender.Address, content.Kind, header.Recipient))
            throw new EnvelopeException(EnvelopeRefusal.NotAllowed, $"{sender.Identity} said '{content.Kind}' to {header.Recipient}, which is not its part");
        return new OpenedEnvelope(header, content, sender.Identity);
    }

    private static EnvelopeHeader ReadHeader(ref EnvelopeForm.Reader reader)
    {
        string federation = reader.Text(), job = reader.Text(), sender = reader.Text(), recipient = reader.Text();
        long epoch = reader.Int64();
        if (epoch < 0) throw EnvelopeForm.Malformed("its epoch is negative");
        if (!JobId.IsName(job)) throw EnvelopeForm.Malformed($"its job is not called by {JobId.Form}");
        return new EnvelopeHeader(federation, new JobId(job), new Origin(new NodeAddress(sender), epoch), new NodeAddress(recipient), new Guid(reader.Take(EnvelopeForm.IdBytes)));
    }

    private WrappedKey FindOwn(ref EnvelopeForm.Reader reader)
    {
        int count = reader.Byte();
        if (count is 0 or > EnvelopeForm.RecipientsMax) throw EnvelopeForm.Malformed($"it has {count} recipients");
        WrappedKey found = default;
        Digest? last = null;
        for (int i = 0; i < count; i++)
        {
            Digest id = reader.Digest();
            ReadOnlySpan<byte> wrapped = reader.Take(EnvelopeForm.WrappedBytes);
            if (last is { } before && before.CompareTo(id) >= 0) throw EnvelopeForm.Malformed("its recipients are not in order");
            last = id;
            foreach (EncryptionKey key in keys)
            {
                if (key.KeyId == id) found = new WrappedKey(key, wrapped);
            }
        }

        return found;
    }

    private bool IsSigned(CertifiedKey sender, byte[] statement, ReadOnlySpan<byte> signature)
    {
        byte[] hash = LocalSigner.Statement(EnvelopeSealer.Purpose, statement);
        try
        {
            return _known.Verify(sender.PublicKey.Span, hash, signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private EnvelopeContent Decrypt(CertifiedKey sender, WrappedKey wrapped, ReadOnlySpan<byte> point, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> outside)
    {
        if (wrapped.Key is not { } own) throw new EnvelopeException(EnvelopeRefusal.Unreadable, $"an envelope of {sender.Identity} that is not encrypted for this node; it may not know the node's certificate yet");
        Span<byte> contentKey = stackalloc byte[EnvelopeForm.ContentKeyBytes];
        byte[] plaintext = new byte[ciphertext.Length];
        try
        {
            ContentKeys.Unwrap(wrapped.Bytes, _secrets.Of(own, point), point, own.KeyId, contentKey, ContentKeys.PurposeOf(salt));
            ContentKeys.Decrypt(contentKey, ciphertext, tag, plaintext, outside);
        }
        catch (CryptographicException failure)
        {
            throw new EnvelopeException(EnvelopeRefusal.Unreadable, $"an envelope of {sender.Identity} that does not open", failure);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(contentKey);
        }

        EnvelopeForm.Reader reader = new(plaintext);
        string kind = reader.Text();
        int version = reader.UInt16();
        return new EnvelopeContent(kind, version, plaintext.AsMemory(reader.Position));
    }

    /// <summary>The content key as it was wrapped for one of this node's keys; no key where it was not.</summary>
    private readonly ref struct WrappedKey(EncryptionKey key, ReadOnlySpan<byte> bytes)
    {
        public readonly EncryptionKey? Key = key;
        public readonly ReadOnlySpan<byte> Bytes = bytes;
    }
}
