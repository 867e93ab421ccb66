using System.Collections.Immutable;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>
/// One holder's side of the making of a collective key: commit to a part of the seed, reveal it, commit to a share -a s + e, reveal it, recompute the transcript and sign it. Local steps; the
/// messages travel elsewhere.
/// </summary>
/// <remarks>
/// The collective key of Mouchet, Troncoso-Pastoriza, Bossuat, Hubaux (PETS 2021, ePrint 2020/304), with commitments before every opening, since the last to speak could otherwise choose the key.
/// The secret is drawn here, answers one a once, and never leaves. A party that is to outlive its process is saved after each step, before the step's message leaves (<see cref="Save"/>); without that the
/// holders begin the next epoch after a crash.
/// Not safe for several threads. Disposing wipes the secret.
/// </remarks>
public sealed partial class KeyGenerationParty : IDisposable
{
    private readonly ITranscriptSigner _signer;
    private readonly byte[] _part = new byte[AesCtrStream.SeedBytes];
    private readonly IEntropy _entropy;
    private readonly List<CeremonyMessage> _messages = [];
    private CeremonyStep _next = CeremonyStep.CommitSeed;
    private byte[]? _share;

    /// <summary>Enters a ceremony.</summary>
    /// <param name="ceremony">The terms, from the plan that this party approved.</param>
    /// <param name="name">This party.</param>
    /// <param name="signer">Its signing key.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    /// <exception cref="RefusedException">The party is not in the roster, or the roster has another signing key for it.</exception>
    public KeyGenerationParty(KeyCeremony ceremony, string name, ITranscriptSigner signer, IEntropy entropy)
        : this(ceremony, name, signer, entropy, RlweSecretKey.Generate(ceremony.Ring, entropy)) => entropy.Fill(_part);

    private KeyGenerationParty(KeyCeremony ceremony, string name, ITranscriptSigner signer, IEntropy entropy, RlweSecretKey secret)
    {
        Index = ceremony.Roster.IndexOf(name);
        if (!ceremony.Roster.Parties[Index].SigningKey.AsSpan().SequenceEqual(signer.PublicKey.Span)) throw new RefusedException($"the roster has another signing key for '{name}'");
        (Ceremony, Name, _signer, _entropy) = (ceremony, name, signer, entropy);
        Secret = secret;
    }

    /// <summary>The terms.</summary>
    public KeyCeremony Ceremony { get; }

    /// <summary>This party.</summary>
    public string Name { get; }

    internal int Index { get; }

    /// <summary>s_i; kept until it has been shared out.</summary>
    internal RlweSecretKey Secret { get; }

    /// <summary>Step 1: the hash of this party's part of the seed.</summary>
    public CeremonyMessage CommitSeed()
    {
        Enter(CeremonyStep.CommitSeed);
        return Say(CeremonyStep.CommitSeed, KeyTranscript.Commitment(Ceremony, CeremonyStep.RevealSeed, Index, _part));
    }

    /// <summary>Step 2: the part, once everybody has committed.</summary>
    /// <exception cref="RefusedException">A commitment is missing or wrongly signed.</exception>
    public CeremonyMessage RevealSeed(IReadOnlyCollection<CeremonyMessage> commitments)
    {
        Enter(CeremonyStep.RevealSeed);
        Take(CeremonyStep.CommitSeed, commitments);
        return Say(CeremonyStep.RevealSeed, _part);
    }

    /// <summary>Step 3: the hash of this party's share, once the seed is known.</summary>
    /// <exception cref="RefusedException">A part is missing, wrongly signed, or not what was committed to.</exception>
    public CeremonyMessage Commit(IReadOnlyCollection<CeremonyMessage> parts)
    {
        Enter(CeremonyStep.CommitShare);
        Take(CeremonyStep.RevealSeed, parts);
        ImmutableArray<ReadOnlyMemory<byte>> revealed = Contents(CeremonyStep.RevealSeed);
        KeyTranscript.RequireParts(Ceremony, Contents(CeremonyStep.CommitSeed), revealed);
        RnsRing ring = Ceremony.Ring;
        ulong[] share = new ulong[ring.Words];
        using (IRandomStream stream = AesCtrStream.Fresh(_entropy))
            RlweSample.Share(ring, new CommonRandomPolynomial(Ceremony, revealed).Evaluations, Secret.Evaluations, stream, share);
        _share = new byte[ResiduePacking.PackedBytes(ring)];
        ResiduePacking.Pack(ring, share, _share);
        return Say(CeremonyStep.CommitShare, KeyTranscript.Commitment(Ceremony, CeremonyStep.RevealShare, Index, _share));
    }

    /// <summary>Step 4: the share, once everybody has committed.</summary>
    /// <exception cref="RefusedException">A commitment is missing or wrongly signed.</exception>
    public CeremonyMessage Reveal(IReadOnlyCollection<CeremonyMessage> commitments)
    {
        Enter(CeremonyStep.RevealShare);
        Take(CeremonyStep.CommitShare, commitments);
        return Say(CeremonyStep.RevealShare, _share!);
    }

    /// <summary>Step 5: recomputes the whole transcript and signs its hash.</summary>
    /// <exception cref="RefusedException">A share is missing, wrongly signed, not what was committed to, or this party's own is not the one it sent.</exception>
    public CeremonyMessage VerifyTranscript(IReadOnlyCollection<CeremonyMessage> shares)
    {
        Enter(CeremonyStep.ConfirmTranscript);
        Take(CeremonyStep.RevealShare, shares);
        Transcript = KeyTranscript.Recompute(Ceremony, _messages, _signer);
        return CeremonyMessage.Sign(Ceremony, CeremonyStep.ConfirmTranscript, Name, Transcript.Hash.ToArray(), _signer);
    }

    /// <summary>What was signed; null before the last step.</summary>
    public KeyTranscript? Transcript { get; private set; }

    /// <summary>All messages of the first four steps, for sites that hold no part of the key and recompute it too.</summary>
    public IReadOnlyList<CeremonyMessage> Messages => _messages;

    // Each step is taken once: a second answer, or an answer to a second set of messages, is what a rogue party would want. One that failed cannot be repeated either.
    private void Enter(CeremonyStep step)
    {
        if (_next != step) throw new RefusedException($"{step} is not the next step of '{Name}' in this ceremony, and no step is taken twice; begin a new epoch");
        _next = step + 1;
    }

    private CeremonyMessage Say(CeremonyStep step, byte[] content) => CeremonyMessage.Sign(Ceremony, step, Name, content.ToArray(), _signer);

    private void Take(CeremonyStep step, IReadOnlyCollection<CeremonyMessage> messages)
    {
        ReadOnlyMemory<byte> own = CeremonyMessage.RequireAll(Ceremony, step, messages, _signer)[Index];
        ReadOnlySpan<byte> said = step switch
        {
            CeremonyStep.CommitSeed => KeyTranscript.Commitment(Ceremony, CeremonyStep.RevealSeed, Index, _part),
            CeremonyStep.RevealSeed => _part,
            CeremonyStep.CommitShare => KeyTranscript.Commitment(Ceremony, CeremonyStep.RevealShare, Index, _share),
            _ => _share,
        };
        if (!own.Span.SequenceEqual(said)) throw new RefusedException($"the {step} that is shown as that of '{Name}' is not the one it sent");
        _messages.AddRange(messages);
    }

    private ImmutableArray<ReadOnlyMemory<byte>> Contents(CeremonyStep step) => [.. _messages.Where(m => m.Step == step).OrderBy(static m => m.Party, StringComparer.Ordinal).Select(static m => m.Content)];

    /// <inheritdoc/>
    public void Dispose()
    {
        Secret.Dispose();
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(_part);
    }

    /// <summary>Never the secret.</summary>
    public override string ToString() => $"{Name} <redacted>";
}
