using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Xunit;

namespace Fed.TestKit.Stores;

/// <summary>What every signer promises; derive a test class per implementation.</summary>
public abstract class SignerSpec
{
    /// <summary>Two nodes' signers.</summary>
    protected abstract (ISigner Mine, ISigner Other) Signers { get; }

    [Fact]
    public void Signature_is_valid_for_its_purpose_content_and_key_and_for_any_verifier()
    {
        (ISigner mine, ISigner other) = Signers;
        ReadOnlyMemory<byte> signature = mine.Sign("purpose", "content"u8);
        Assert.True(mine.Verify("purpose", "content"u8, signature.Span, mine.PublicKey.Span));
        Assert.True(other.Verify("purpose", "content"u8, signature.Span, mine.PublicKey.Span));
    }

    [Fact]
    public void Any_change_makes_a_signature_invalid()
    {
        (ISigner mine, ISigner other) = Signers;
        byte[] signature = mine.Sign("purpose", "content"u8).ToArray();
        Assert.False(mine.Verify("purpos", "econtent"u8, signature, mine.PublicKey.Span));
        Assert.False(mine.Verify("purpose", "Content"u8, signature, mine.PublicKey.Span));
        Assert.False(mine.Verify("purpose", "content"u8, signature, other.PublicKey.Span));
        signature[^1] ^= 1;
        Assert.False(mine.Verify("purpose", "content"u8, signature, mine.PublicKey.Span));
    }

    [Fact]
    public void Malformed_input_is_just_not_valid()
    {
        (ISigner mine, _) = Signers;
        Assert.False(mine.Verify("purpose", "content"u8, [], mine.PublicKey.Span));
        Assert.False(mine.Verify("purpose", "content"u8, new byte[1000], mine.PublicKey.Span));
        Assert.False(mine.Verify("purpose", "content"u8, mine.Sign("purpose", "content"u8).Span, "no key"u8));
        Assert.False(mine.Verify("purpose", "content"u8, mine.Sign("purpose", "content"u8).Span, []));
    }

    [Fact]
    public void Key_id_is_the_hash_of_the_public_key()
    {
        (ISigner mine, ISigner other) = Signers;
        Assert.Equal(Digest.Of(mine.PublicKey.Span), mine.KeyId);
        Assert.NotEqual(mine.KeyId, other.KeyId);
    }

    [Fact]
    public void Signed_head_holds_for_its_head_and_key_only()
    {
        (ISigner mine, ISigner other) = Signers;
        SignedHead head = SignedHead.Sign(mine, "coordinator", 7, Digest.Of("head"u8));
        Assert.True(head.IsSignedBy(other, mine.PublicKey.Span));
        Assert.False(head.IsSignedBy(other, other.PublicKey.Span));
        Assert.False((head with { Sequence = 8 }).IsSignedBy(other, mine.PublicKey.Span));
        Assert.False((head with { PersistenceId = "Coordinator" }).IsSignedBy(other, mine.PublicKey.Span));
        Assert.False((head with { Hash = Digest.Of("another"u8) }).IsSignedBy(other, mine.PublicKey.Span));
        Assert.False((head with { KeyId = other.KeyId }).IsSignedBy(other, mine.PublicKey.Span));
    }
}
