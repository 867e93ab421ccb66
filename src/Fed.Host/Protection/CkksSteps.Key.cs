using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Key;
using Fed.Crypto;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Sampling;
using static Fed.Host.Protection.CryptoEdge;
using KeyCeremony = Fed.Crypto.Multiparty.KeyCeremony;

namespace Fed.Host.Protection;

/// <content>The making of a key. A party of the library is taken from the secrets, takes its step, and goes back into them before its message leaves.</content>
internal sealed partial class CkksSteps
{
    private const string AcceptPurpose = "fedactors/key-accepted/1";

    /// <inheritdoc/>
    public (byte[] Secrets, byte[] Answer) TakeStep(KeyContext context, KeyStep step, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> given) => Explained(() =>
    {
        if (step == KeyStep.Enter) return Enter(context, self);
        using HolderSecrets known = HolderSecrets.Read(secrets);
        (HolderSecrets next, byte[] answer) = step switch
        {
            KeyStep.CommitSeed => CommitSeed(context, self, known, given),
            KeyStep.Deal => Deal(context, self, known, given),
            KeyStep.Trial => Try(context, self, known, given),
            KeyStep.Accept => Accept(context, self, known, given),
            _ => Generate(context, step, self, known, given),
        };
        return (next.ToBytes(), answer);
    });

    /// <inheritdoc/>
    public bool IsAnswer(
        KeyContext context, KeyStep step, SiloId silo, ReadOnlyMemory<byte> answer, IReadOnlyDictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> earlier)
    {
        try
        {
            return Explained(() => step == KeyStep.Enter ? _terms.IsAdvert(context, silo, answer) : IsAnswer(_terms.Ceremony(context, earlier[KeyStep.Enter]), step, silo, answer, earlier));
        }
        catch (CeremonyException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Gather(KeyStep step, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers, SiloId receiver) => step != KeyStep.Deal
        ? answers
        : answers.Remove(receiver).ToImmutableSortedDictionary(static pair => pair.Key, pair => DealsOf(pair.Value).GetValueOrDefault(receiver));

    /// <inheritdoc/>
    public (Digest Id, byte[] PublicKey) PublicKeyOf(KeyContext context, ReadOnlyMemory<byte> secrets) => Explained(() =>
    {
        using HolderSecrets known = HolderSecrets.Read(secrets);
        CollectivePublicKey key = KeyOf(context, known);
        return (DigestOf(key.Id), PublicBytes(key, StepSecrets.Parts(known.Adverts)));
    });

    /// <inheritdoc/>
    public (Digest Id, byte[] PublicKey) EstablishedKey(KeyContext context, IReadOnlyDictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> answers) => Explained(() =>
    {
        KeyCeremony ceremony = _terms.Ceremony(context, answers[KeyStep.Enter]);
        KeyStep[] said = [KeyStep.CommitSeed, KeyStep.RevealSeed, KeyStep.CommitShare, KeyStep.RevealShare];
        KeyTranscript transcript = KeyTranscript.Recompute(ceremony, said.SelectMany(step => Messages(StepOf(step), answers[step])), _transcript);
        CollectivePublicKey key = CollectivePublicKey.Verify(transcript, Messages(CeremonyStep.ConfirmTranscript, answers[KeyStep.Confirm]), _transcript);
        foreach ((SiloId silo, ReadOnlyMemory<byte> answer) in answers[KeyStep.Accept])
            if (!StepSecrets.Parts(answer.ToArray())[0].AsSpan().SequenceEqual(key.Id.ToArray())) throw new CeremonyException($"'{silo}' has accepted another key than {key.Id}") { Site = silo };
        return (DigestOf(key.Id), PublicBytes(key, answers[KeyStep.Enter].Values.Select(static advert => advert.ToArray())));
    });

    private static byte[] PublicBytes(CollectivePublicKey key, IEnumerable<byte[]> adverts) => StepSecrets.Join([key.Save(), .. adverts]);

    private (byte[] Secrets, byte[] Answer) Enter(KeyContext context, SiloId self)
    {
        using ECDiffieHellman agreement = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using HolderSecrets entered = HolderSecrets.Enter(agreement);
        return (entered.ToBytes(), HolderAdvert.Create(context, self, agreement, signer));
    }

    private (HolderSecrets, byte[]) CommitSeed(KeyContext context, SiloId self, HolderSecrets known, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts)
    {
        using ECDiffieHellman agreement = known.AgreementKey();
        if (!adverts.TryGetValue(self, out ReadOnlyMemory<byte> own) || HolderAdvert.Read(context, self, own, signer, signer.PublicKey.Span) is not { } key || !key.AsSpan().SequenceEqual(agreement.PublicKey.ExportSubjectPublicKeyInfo()))
            throw new CeremonyException("the list of holders has another key for this site than it entered with");
        using KeyGenerationParty party = new(_terms.Ceremony(context, adverts), self.Value, _transcript, SystemEntropy.Instance);
        CeremonyMessage message = party.CommitSeed();
        return (known with { Adverts = StepSecrets.Join([.. adverts.Values.Select(static advert => advert.ToArray())]), Party = party.Save(known.Wrapping) }, Bytes(message));
    }

    private (HolderSecrets, byte[]) Generate(KeyContext context, KeyStep step, SiloId self, HolderSecrets known, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> given)
    {
        using KeyGenerationParty party = PartyOf(context, self, known);
        CeremonyMessage message = step switch
        {
            KeyStep.RevealSeed => party.RevealSeed(Messages(CeremonyStep.CommitSeed, given)),
            KeyStep.CommitShare => party.Commit(Messages(CeremonyStep.RevealSeed, given)),
            KeyStep.RevealShare => party.Reveal(Messages(CeremonyStep.CommitShare, given)),
            KeyStep.Confirm => party.VerifyTranscript(Messages(CeremonyStep.RevealShare, given)),
            _ => throw new ArgumentOutOfRangeException(nameof(step), step, "no step of a key's making"),
        };
        return (known with { Party = party.Save(known.Wrapping) }, Bytes(message));
    }

    private (HolderSecrets, byte[]) Deal(KeyContext context, SiloId self, HolderSecrets known, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> confirmations)
    {
        using KeyGenerationParty party = PartyOf(context, self, known);
        CollectivePublicKey key = CollectivePublicKey.Verify(party.Transcript ?? throw new RefusedException("a key that this site has not confirmed is not shared out"), Messages(CeremonyStep.ConfirmTranscript, confirmations), _transcript);
        using ECDiffieHellman agreement = known.AgreementKey();
        using SharingParty sharing = new(party, key, agreement, new InMemoryShareLedger(), _transcript, SystemEntropy.Instance);
        ImmutableArray<ShareDeal> deals = sharing.Deal();
        byte[] answer = StepSecrets.Join([.. deals.Select(static deal => StepSecrets.Join(Encoding.UTF8.GetBytes(deal.To), StepSecrets.Join(deal.Sealed.ToArray(), deal.Signature.ToArray())))]);
        return (known with { PublicKey = StepSecrets.Join(key.Id.ToArray(), key.Save()), Party = sharing.Save(known.Wrapping) }, answer);
    }

    private (HolderSecrets, byte[]) Try(KeyContext context, SiloId self, HolderSecrets known, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> deals)
    {
        using ECDiffieHellman agreement = known.AgreementKey();
        using SharingParty sharing = SharingOf(context, self, known, agreement, hasReceived: false);
        sharing.Receive([.. deals.Select(pair => StepSecrets.Parts(pair.Value.ToArray()) is [var sealedBytes, var signature]
            ? new ShareDeal(pair.Key.Value, self.Value, sealedBytes, signature)
            : throw new CeremonyException($"'{pair.Key}' has dealt nothing to this site") { Site = pair.Key })]);
        int place = sharing.Key.Ceremony.Roster.IndexOf(self.Value);
        byte[][] shares = [.. Enumerable.Range(0, sharing.Trials.Length).Where(trial => sharing.Trials[trial].Members.Contains(place)).Select(trial => sharing.Trial(trial).Bytes.ToArray())];
        return (known with { Party = sharing.Save(known.Wrapping) }, StepSecrets.Join([.. shares]));
    }

    private (HolderSecrets, byte[]) Accept(KeyContext context, SiloId self, HolderSecrets known, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> trials)
    {
        using ECDiffieHellman agreement = known.AgreementKey();
        using SharingParty sharing = SharingOf(context, self, known, agreement, hasReceived: true);
        using KeyHolder holder = sharing.Complete([.. trials.SelectMany(pair => StepSecrets.Parts(pair.Value.ToArray()).Select(share => sharing.ReadTrial(share)))]);
        Hash256 id = sharing.Key.Id;
        return (known with { Agreement = [], Party = holder.Wrap(known.Wrapping) }, StepSecrets.Join(id.ToArray(), signer.Sign(AcceptPurpose, Accepted(sharing.Key.Ceremony, id, self)).ToArray()));
    }

    /// <summary>Beyond the signature: what was revealed is what was committed to.</summary>
    private bool IsAnswer(
        KeyCeremony ceremony, KeyStep step, SiloId silo, ReadOnlyMemory<byte> answer, IReadOnlyDictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> earlier)
    {
        switch (step)
        {
            case KeyStep.CommitSeed or KeyStep.CommitShare or KeyStep.Confirm:
                return Message(StepOf(step), silo, answer).IsSigned(ceremony, _transcript);
            case KeyStep.RevealSeed or KeyStep.RevealShare:
                CeremonyMessage commitment = Message(StepOf(step) - 1, silo, earlier[step - 1][silo]), revealed = Message(StepOf(step), silo, answer);
                return revealed.IsSigned(ceremony, _transcript) && KeyTranscript.IsCommitted(ceremony, commitment, revealed);
            case KeyStep.Deal:
                return DealsOf(answer).Keys.Append(silo).Order().SequenceEqual(earlier[KeyStep.Enter].Keys);
            case KeyStep.Accept:
                return StepSecrets.Parts(answer.ToArray()) is [{ Length: Hash256.Bytes } id, var signature]
                    && signer.Verify(AcceptPurpose, Accepted(ceremony, new Hash256(id), silo), signature, ceremony.Roster.Parties[ceremony.Roster.IndexOf(silo.Value)].SigningKey.AsSpan());
            default:
                return StepSecrets.Parts(answer.ToArray()).Length > 0;
        }
    }

    private KeyGenerationParty PartyOf(KeyContext context, SiloId self, HolderSecrets known) =>
        KeyGenerationParty.Load(CeremonyOf(context, known), self.Value, known.Party, known.Wrapping, _transcript, SystemEntropy.Instance);

    private SharingParty SharingOf(KeyContext context, SiloId self, HolderSecrets known, ECDiffieHellman agreement, bool hasReceived) =>
        SharingParty.Load(KeyOf(context, known), self.Value, hasReceived, known.Party, known.Wrapping, agreement, new InMemoryShareLedger(), _transcript, SystemEntropy.Instance);

    private CollectivePublicKey KeyOf(KeyContext context, HolderSecrets known) => StepSecrets.Parts(known.PublicKey) is [var id, var saved]
        ? CollectivePublicKey.Load(CeremonyOf(context, known), saved, new Hash256(id))
        : throw new CeremonyException("this site has no public key yet");

    private KeyCeremony CeremonyOf(KeyContext context, HolderSecrets known) =>
        _terms.Ceremony(context, context.Holders.Zip(StepSecrets.Parts(known.Adverts), static (silo, advert) => KeyValuePair.Create(silo, new ReadOnlyMemory<byte>(advert))));

    private static byte[] Accepted(KeyCeremony ceremony, Hash256 key, SiloId self) => Encoding.UTF8.GetBytes($"{ceremony.Id}\n{key}\n{self}");

    private static CeremonyStep StepOf(KeyStep step) => step switch
    {
        KeyStep.CommitSeed => CeremonyStep.CommitSeed,
        KeyStep.RevealSeed => CeremonyStep.RevealSeed,
        KeyStep.CommitShare => CeremonyStep.CommitShare,
        KeyStep.RevealShare => CeremonyStep.RevealShare,
        _ => CeremonyStep.ConfirmTranscript,
    };

    private static byte[] Bytes(CeremonyMessage message) => StepSecrets.Join(message.Content.ToArray(), message.Signature.ToArray());

    private static CeremonyMessage Message(CeremonyStep step, SiloId silo, ReadOnlyMemory<byte> answer) => StepSecrets.Parts(answer.ToArray()) is [var content, var signature]
        ? new CeremonyMessage(step, silo.Value, content, signature)
        : throw new CeremonyException($"the {step} of '{silo}' is no message of a key's making") { Site = silo };

    private static ImmutableArray<CeremonyMessage> Messages(CeremonyStep step, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers) => [.. answers.Select(pair => Message(step, pair.Key, pair.Value))];

    /// <summary>What a dealer sealed, by receiver. Nothing is copied: with 64 holders one dealer's answer has 12 MB, and it is read once for each of them.</summary>
    private static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> DealsOf(ReadOnlyMemory<byte> answer) => StepSecrets.Slices(answer)
        .Select(static deal => StepSecrets.Slices(deal).ToArray() is [var to, var content] ? KeyValuePair.Create(new SiloId(Encoding.UTF8.GetString(to.Span)), content) : throw new InvalidDataException("a deal is damaged"))
        .ToImmutableSortedDictionary();
}
