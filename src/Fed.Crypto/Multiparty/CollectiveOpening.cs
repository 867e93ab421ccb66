using System.Collections.Immutable;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Multiparty;

/// <summary>Puts the shares of an active set together: the exact integer sum, or a ciphertext of an outside receiver. Whoever does it holds no part of the key and learns the sum alone.</summary>
public sealed class CollectiveOpening
{
    private readonly CollectivePublicKey _key;
    private readonly SumStatement _statement;
    private readonly ActiveSet _active;
    private readonly PackedFormat _format;
    private readonly ITranscriptSigner _verifier;

    /// <summary>For one stated sum.</summary>
    /// <param name="key">The key.</param>
    /// <param name="statement">What was summed.</param>
    /// <param name="active">Who opens.</param>
    /// <param name="verifier">Checks the signatures.</param>
    public CollectiveOpening(CollectivePublicKey key, SumStatement statement, ActiveSet active, ITranscriptSigner verifier)
    {
        (_key, _statement, _active, _verifier) = (key, statement, active, verifier);
        _format = new PackedFormat(statement.Layout, key.Key.Id.AsSpan());
    }

    /// <summary>Reads a decryption share.</summary>
    /// <exception cref="SealFormatException">The bytes are no decryption share of this layout.</exception>
    public OpeningShare Read(ReadOnlySpan<byte> bytes) => OpeningShare.Read(bytes, _format.Bytes(PackedForm.Share));

    /// <summary>Reads a key switch share.</summary>
    /// <exception cref="SealFormatException">The bytes are no key switch share of this layout.</exception>
    public OpeningShare ReadSwitch(ReadOnlySpan<byte> bytes) => OpeningShare.Read(bytes, _format.Bytes(PackedForm.Ciphertext));

    /// <summary>Opens one ciphertext of the sum.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="ciphertext">The summed ciphertext.</param>
    /// <param name="shares">One decryption share of every member of the active set.</param>
    /// <param name="values">Receives the sums, as many as <see cref="PackingLayout.ValuesOf"/> says.</param>
    /// <exception cref="RefusedException">The ciphertext is not the stated one, or a share is missing, wrongly signed, or for another opening or active set.</exception>
    /// <exception cref="OpeningInconsistentException">A share is wrong, or what was summed was not honest. No value is given out.</exception>
    public void Open(int index, ReadOnlySpan<byte> ciphertext, IReadOnlyCollection<OpeningShare> shares, Span<long> values)
    {
        PackedHeader header = Require(index, ciphertext);
        ImmutableArray<OpeningShare> complete = Complete(index, shares, ShareKind.Decryption, receiver: null);
        ShareCombination.Open(_format, ciphertext, complete, header.Summands, values);
    }

    /// <summary>Turns one ciphertext of the sum into one of the receiver's.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="ciphertext">The summed ciphertext.</param>
    /// <param name="receiver">The receiver of all shares.</param>
    /// <param name="shares">One key switch share of every member of the active set.</param>
    /// <returns>A ciphertext for <see cref="ReceiverKey.Open"/>.</returns>
    /// <exception cref="RefusedException">As for <see cref="Open"/>.</exception>
    public byte[] Switch(int index, ReadOnlySpan<byte> ciphertext, ReceiverPublicKey receiver, IReadOnlyCollection<OpeningShare> shares)
    {
        PackedHeader header = Require(index, ciphertext);
        ImmutableArray<OpeningShare> complete = Complete(index, shares, ShareKind.KeySwitch, receiver.Id);
        RnsRing ring = _format.Layout.Profile.Ring;
        PackedFormat switchedFormat = new(_format.Layout, receiver.Id.ToArray());
        byte[] switched = new byte[switchedFormat.Bytes(PackedForm.Ciphertext)];
        PackedHeader receivers = header with { Form = PackedForm.Ciphertext };
        switchedFormat.Write(receivers, switched);
        ulong[] words = new ulong[ring.Words];
        for (int poly = 0; poly < 2; poly++)
        {
            if (poly == 0) _format.Unpack(ciphertext, 0, words);
            else Array.Clear(words);
            ShareCombination.Add(switchedFormat, PackedForm.Ciphertext, receivers, complete, poly, words);
            ResiduePacking.Pack(ring, words, switchedFormat.Polynomial(switched.AsSpan(), poly));
        }
        return switched;
    }

    private PackedHeader Require(int index, ReadOnlySpan<byte> ciphertext)
    {
        if ((uint)index >= (uint)_statement.Sums.Length) throw new ArgumentOutOfRangeException(nameof(index), index, $"the stated sum for {_statement.Round} has {_statement.Sums.Length} ciphertexts");
        if (Hash256.Of(ciphertext) != _statement.Sums[index]) throw new RefusedException($"ciphertext {index} is not that of the stated sum for {_statement.Round}");
        PackedHeader header = _format.Read(ciphertext);
        if (header != new PackedHeader(PackedForm.Masked, index, _statement.Contributions.Length))
            throw new RefusedException($"ciphertext {index} says of itself {header}; a sum of {_statement.Contributions.Length} is being opened");
        return header;
    }

    private ImmutableArray<OpeningShare> Complete(int index, IReadOnlyCollection<OpeningShare> shares, ShareKind kind, Hash256? receiver)
    {
        Hash256 request = ShareRequests.Hash(_statement.Request(_key, _active, index, kind, receiver));
        return OpeningShare.RequireAll(kind, _active, request, shares, _verifier);
    }
}
