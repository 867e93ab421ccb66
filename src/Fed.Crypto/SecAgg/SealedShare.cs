using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Crypto.Multiparty;
using Fed.Crypto.SecAgg.Masks;
using Fed.Crypto.SecAgg.Sharing;
using Fed.Crypto.SecAgg.Wire;

namespace Fed.Crypto.SecAgg;

/// <summary>What a dealer hands one holder: a share of the seed of its own mask and one of its mask key, sealed to the holder, and the hash of each in the open, by which a wrong share is later laid to dealer or holder.</summary>
/// <param name="Dealer">Place of the site whose secrets are shared.</param>
/// <param name="Holder">Place of the site that keeps the shares.</param>
/// <param name="SeedShare">Hash of the share of the seed. Shares have 266 random bits: their hashes give nothing away.</param>
/// <param name="KeyShare">Hash of the share of the mask key.</param>
/// <param name="Sealed">Nonce, ciphertext and tag, <see cref="SealedBytes"/> bytes; empty where dealer and holder are one.</param>
/// <param name="Note">What the dealer tells the holder besides, in the open, at most <see cref="NoteBytesMax"/> bytes: opening the share shows that it is the dealer's.</param>
public sealed record SealedShare(int Dealer, int Holder, Hash256 SeedShare, Hash256 KeyShare, ImmutableArray<byte> Sealed, ImmutableArray<byte> Note)
{
    /// <summary>Bytes of a <see cref="Note"/>, at most.</summary>
    public const int NoteBytesMax = 64;

    /// <summary>Bytes of <see cref="Sealed"/>: 12 of nonce, two shares of 34, 16 of tag.</summary>
    public const int SealedBytes = NonceBytes + PlainBytes + TagBytes;

    internal const int PlainBytes = 2 * PrimeField.Bytes;
    private const int NonceBytes = 12, TagBytes = 16;

    /// <summary>Canonical bytes, as the server passes them on.</summary>
    public byte[] Encode(SecAggAttempt attempt) => AddTo(new SecAggWriter(SecAggKind.SealedShare).Add(attempt.Id).Add(Dealer)).ToArray();

    /// <summary>Reads canonical bytes.</summary>
    /// <exception cref="SecAggFormatException">They are none, or of another attempt.</exception>
    public static SealedShare Decode(SecAggAttempt attempt, ReadOnlySpan<byte> bytes)
    {
        SecAggReader reader = new(SecAggKind.SealedShare, bytes);
        reader.RequireAttempt(attempt);
        SealedShare share = Read(ref reader, attempt, reader.Site(attempt.Sites));
        reader.End();
        return share;
    }

    internal SecAggWriter AddTo(SecAggWriter writer) => writer.Add(Holder).Add(SeedShare).Add(KeyShare).Add(Sealed.AsSpan()).Add(Note.Length).Add(Note.AsSpan());

    internal static SealedShare Read(ref SecAggReader reader, SecAggAttempt attempt, int dealer)
    {
        int holder = reader.Site(attempt.Sites);
        if (!attempt.Graph.HoldersOf(dealer).Contains(holder)) throw reader.Refuse($"'{attempt.Name(holder)}' holds no shares of '{attempt.Name(dealer)}'");
        return new SealedShare(dealer, holder, reader.Hash(), reader.Hash(), reader.Array(holder == dealer ? 0 : SealedBytes), reader.Array(reader.Count(NoteBytesMax)));
    }

    /// <summary>The hash by which a share is known: fields of fixed length behind the hash of purpose and attempt. A server makes k of them a site.</summary>
    internal static Hash256 Commit(SecAggAttempt attempt, int dealer, int holder, UnmaskKind kind, ReadOnlySpan<byte> share)
    {
        Span<byte> content = stackalloc byte[Hash256.Bytes + 2 * sizeof(ushort) + 1 + PrimeField.Bytes];
        attempt.ShareCommitments.CopyTo(content);
        BinaryPrimitives.WriteUInt16LittleEndian(content[Hash256.Bytes..], (ushort)dealer);
        BinaryPrimitives.WriteUInt16LittleEndian(content[(Hash256.Bytes + sizeof(ushort))..], (ushort)holder);
        content[Hash256.Bytes + 2 * sizeof(ushort)] = (byte)kind;
        share.CopyTo(content[^PrimeField.Bytes..]);
        Hash256 hash = Hash256.Of(content);
        CryptographicOperations.ZeroMemory(content);
        return hash;
    }

    /// <summary>Seals two shares, the seed's first. AES-256-GCM; key by agreement, for this direction of this pair in this attempt.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="dealer">Place of the dealer.</param>
    /// <param name="dealerKey">The dealer's share key.</param>
    /// <param name="holder">Whose shares they are.</param>
    /// <param name="nonce">12 bytes that no other plaintext under these keys comes with.</param>
    /// <param name="shares">Both shares.</param>
    /// <param name="note">What the dealer tells the holder.</param>
    internal static SealedShare Seal(SecAggAttempt attempt, int dealer, AgreementKey dealerKey, SignedAdvert holder, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> shares, ImmutableArray<byte> note)
    {
        SealedShare open = Open(attempt, dealer, holder.Site, shares) with { Note = note };
        byte[] sealedBytes = new byte[SealedBytes];
        nonce.CopyTo(sealedBytes);
        Span<byte> key = stackalloc byte[32], body = sealedBytes.AsSpan(NonceBytes);
        try
        {
            dealerKey.Derive(holder.ShareKey.AsSpan(), open.KeyInfo(attempt), key);
            using AesGcm gcm = new(key, TagBytes);
            gcm.Encrypt(nonce, shares, body[..PlainBytes], body[PlainBytes..], open.AssociatedData(attempt));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
        return open with { Sealed = ImmutableArray.Create(sealedBytes) };
    }

    /// <summary>The hashes of a dealer's shares for one holder, nothing sealed: for the dealer itself.</summary>
    internal static SealedShare Open(SecAggAttempt attempt, int dealer, int holder, ReadOnlySpan<byte> shares) => new(
        dealer, holder, Commit(attempt, dealer, holder, UnmaskKind.SelfMask, shares[..PrimeField.Bytes]), Commit(attempt, dealer, holder, UnmaskKind.MaskKey, shares[PrimeField.Bytes..]), [], []);

    /// <summary>Opens the shares.</summary>
    /// <returns>False when they are damaged, for somebody else, of another context, or not those whose hashes stand beside them.</returns>
    internal bool TryOpen(SecAggAttempt attempt, AgreementKey holderKey, SignedAdvert dealer, Span<byte> shares)
    {
        if (Sealed.Length != SealedBytes) return false;
        Span<byte> key = stackalloc byte[32];
        try
        {
            holderKey.Derive(dealer.ShareKey.AsSpan(), KeyInfo(attempt), key);
            using AesGcm gcm = new(key, TagBytes);
            ReadOnlySpan<byte> body = Sealed.AsSpan()[NonceBytes..];
            gcm.Decrypt(Sealed.AsSpan(0, NonceBytes), body[..PlainBytes], body[PlainBytes..], shares, AssociatedData(attempt));
            SealedShare open = Open(attempt, Dealer, Holder, shares);
            return open.SeedShare == SeedShare && open.KeyShare == KeyShare;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private byte[] KeyInfo(SecAggAttempt attempt) => attempt.Statement("fedactors/secagg/share-encryption/1", Dealer, Holder).Close().ToArray();

    private byte[] AssociatedData(SecAggAttempt attempt) => attempt.Statement("fedactors/secagg/sealed-share/1", Dealer, Holder).Add(SeedShare).Add(KeyShare).Add(Note.AsSpan()).Close().ToArray();
}
