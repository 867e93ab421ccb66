using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol.Ceremony;

/// <summary>What a site answers in one step, signed by it.</summary>
/// <param name="Silo">Whose answer.</param>
/// <param name="Job">In which job.</param>
/// <param name="Collection">For which sum, in which attempt.</param>
/// <param name="Step">In which step.</param>
/// <param name="Plan">Hash of the plan that the site approved.</param>
/// <param name="Base">Hash of what it computed from.</param>
/// <param name="Payload">Public keys, sealed shares, the hash of a list, or released shares; at most <see cref="Ports.CeremonyLimits.AnswerBytesMax"/> bytes.</param>
/// <param name="Signature">The site's signature over <see cref="SignedContent"/>.</param>
public sealed record StepAnswer(
    SiloId Silo, JobId Job, CollectionId Collection, CeremonyStep Step, Digest Plan, Digest Base, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The purpose under which answers are signed.</summary>
    public const string Purpose = "fedactors/ceremony-answer/1";

    /// <summary>The bytes that the signature covers: every other field, the payload by its hash.</summary>
    public byte[] SignedContent() => Encoding.UTF8.GetBytes($"{Silo}\n{Job}\n{Collection.Round}\n{Collection.Attempt}\n{Collection.Sum}\n{Step}\n{Plan}\n{Base}\n{Digest.Of(Payload.Span)}");

    /// <summary>The answer by which a site confirms a list; its signature is what others are shown.</summary>
    /// <param name="silo">Who confirms.</param>
    /// <param name="job">In which job.</param>
    /// <param name="collection">For which sum, in which attempt.</param>
    /// <param name="plan">Hash of the plan.</param>
    /// <param name="based">Hash of what it computed from.</param>
    /// <param name="list">Hash of the list.</param>
    /// <param name="epoch">The site's epoch with this list in it.</param>
    /// <param name="signature">Its signature, where there is one yet.</param>
    /// <param name="heard">What it has heard of the others (<see cref="EpochMemory.Tell"/>); null where of none.</param>
    public static StepAnswer Confirming(
        SiloId silo, JobId job, CollectionId collection, Digest plan, Digest based, Digest list, SiteEpoch epoch, ReadOnlyMemory<byte> signature = default, ReadOnlyMemory<byte>? heard = null)
    {
        byte[] payload = new byte[WordBytes + (heard?.Length ?? 0)];
        list.CopyTo(payload);
        epoch.ToBytes().CopyTo(payload, Digest.Size);
        heard?.CopyTo(payload.AsMemory(WordBytes));
        return new(silo, job, collection, CeremonyStep.Confirm, plan, based, payload, signature);
    }

    /// <summary>The payload of <see cref="CeremonyStep.SignList"/>: the list's hash, so that the answer's signature is one over the list.</summary>
    public static byte[] SignatureOf(Digest list)
    {
        byte[] payload = new byte[Digest.Size];
        list.CopyTo(payload);
        return payload;
    }

    /// <summary>What this answer confirms, as others are shown it; null where it is no confirmation of this list.</summary>
    /// <param name="list">Hash of the list.</param>
    /// <param name="heardOf">Of how many sites it may tell what it has heard: of the whole roster or of none.</param>
    public Confirmation? ConfirmationOf(Digest list, int heardOf = 0)
    {
        if (Step != CeremonyStep.Confirm || (Payload.Length != WordBytes && Payload.Length != WordBytes + (heardOf * SiteEpoch.Bytes))) return null;
        return new Digest(Payload.Span[..Digest.Size]) == list && SiteEpoch.Read(Payload.Span[Digest.Size..WordBytes]) is { } epoch
            ? new Confirmation(Silo, Signature) { Epoch = epoch, Heard = Payload.Length == WordBytes ? default(ReadOnlyMemory<byte>?) : Payload[WordBytes..] }
            : null;
    }

    private const int WordBytes = Digest.Size + SiteEpoch.Bytes;
}

/// <summary>A site's signature over the list of contributors (the answer in <see cref="CeremonyStep.Confirm"/>), as the others are shown it.</summary>
/// <param name="Silo">Whose.</param>
/// <param name="Signature">Its signature.</param>
public sealed record Confirmation(SiloId Silo, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The site's epoch with this list in it; the signature covers it.</summary>
    public SiteEpoch Epoch { get; init; }

    /// <summary>Under a common key: what the site has heard of the others (<see cref="EpochMemory.Tell"/>), which the signature covers; null where of none.</summary>
    public ReadOnlyMemory<byte>? Heard { get; init; }
}

/// <summary>The words of those who confirmed the contributors of a sum that was opened, as all sites are shown them when the round is over.</summary>
/// <param name="Collection">The sum, in the attempt that was opened.</param>
/// <param name="Base">Hash of what the contributors computed from.</param>
/// <param name="List">Hash of the list that they confirmed.</param>
/// <param name="Words">Their signatures over it, with their epochs.</param>
public sealed record ConfirmedSum(CollectionId Collection, Digest Base, Digest List, ImmutableArray<Confirmation> Words);
