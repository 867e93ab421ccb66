using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Shell;
using Fed.TestKit.Federation.Ceremony;

namespace Fed.TestKit.Federation.Adversary;

/// <summary>
/// An opening that lying servers lead on their own account: of a list, a set of contributors, ciphertexts and openers of their choice. Step by step it asks whatever can be asked with what sites have
/// answered so far; sites in league with the servers say what helps. What was fixed in a step stays, since everything later is tied to it.
/// </summary>
/// <param name="notes">What the servers have seen.</param>
/// <param name="kind">Which lie it belongs to.</param>
/// <param name="id">The attempt that it claims to open.</param>
/// <param name="list">The closed list of commitments: its hash, and its content.</param>
/// <param name="contributions">Whose uploads are said to be in the sum.</param>
/// <param name="sum">The ciphertexts that are said to be it.</param>
/// <param name="openers">Who is asked to open.</param>
internal sealed class RogueSum(
    StolenNotes notes, FaultKind kind, CollectionId id, (Digest Hash, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Content) list, ImmutableArray<UpdateManifest> contributions, byte[] sum,
    ImmutableSortedSet<SiloId> openers)
{
    private const int Impatience = 12;

    private StatedOpening? _opening;
    private StatedSum? _stated;
    private ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> _nonces = ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty;
    private Digest? _evidence;

    /// <summary>The lie.</summary>
    public FaultKind Kind => kind;

    /// <summary>The attempt.</summary>
    public CollectionId Collection => id;

    /// <summary>Whose uploads are said to be in it.</summary>
    public ImmutableArray<UpdateManifest> Contributions => contributions;

    /// <summary>Who is asked to open.</summary>
    public ImmutableSortedSet<SiloId> Openers => openers;

    /// <summary>Asks what can be asked now.</summary>
    /// <param name="server">Signs for those who are in league with it, and keeps what it publishes.</param>
    /// <param name="context">Of the attempt.</param>
    /// <param name="send">Takes a message to a site, in the coordinator's name.</param>
    public void Advance(LyingServer server, EncryptionContext context, Action<SiloId, ProtocolMessage> send)
    {
        JobId job = notes.Plan.Job;
        Digest confirmed = CeremonyId.OfList(id, contributions);
        SortedDictionary<SiloId, Confirmation> signed = server.Confirmed(notes, id, contributions[0].Base, confirmed, contributions);
        foreach (UpdateManifest m in contributions.Where(m => !signed.ContainsKey(m.Silo))) send(m.Silo, new ProtocolMessage.ConfirmContributors(job, id, contributions));
        StatedOpening opening = _opening ??= State(server, context);
        StatedSum stated = _stated!;
        Digest name = opening.HashOf(id);
        if (_nonces.IsEmpty)
        {
            foreach (SiloId silo in openers) send(silo, new ProtocolMessage.PrepareOpening(job, id, opening, [.. signed.Values]));
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> drawn = Said(CeremonyStep.Challenge, name, openers, server, static _ => BitConverter.GetBytes(7UL));
            if (!openers.SetEquals(drawn.Keys)) return;
            _nonces = drawn;
        }

        if (_evidence is null)
        {
            foreach (UpdateManifest m in contributions) send(m.Silo, new ProtocolMessage.EvaluateSum(job, id, opening, _nonces));
            ImmutableSortedSet<SiloId> asked = [.. contributions.Select(static m => m.Silo)];
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers = Said(CeremonyStep.Evaluate, name, asked, server, ally => server.ToyOf(job).Vouch(context, ally, stated, _nonces));
            if (!asked.SetEquals(answers.Keys) && server.Below(kind, Impatience) > 0) return;
            _evidence = server.Publish(EvidenceFrames.Write(_nonces, answers));
        }

        Digest evidence = _evidence.Value;
        foreach (SiloId silo in openers) send(silo, new ProtocolMessage.VerifyOpening(job, id, opening, evidence));
        Digest readyFor = server.ToyOf(job).OpeningId(context, stated);
        SortedDictionary<SiloId, Confirmation> ready = [];
        foreach (SiloId silo in openers)
        {
            if (notes.Answers(id, context.Base, CeremonyStep.Ready).TryGetValue(silo, out StepAnswer? said) && OpeningAnswer.OpeningOf(said.Payload) == name) ready[silo] = new Confirmation(silo, said.Signature);
            else if (server.SignAs(silo, new StepAnswer(silo, job, id, CeremonyStep.Ready, notes.PlanHash, context.Base, OpeningAnswer.Write(name, readyFor), default)) is { } forged) ready[silo] = new Confirmation(silo, forged);
        }

        if (ready.Count < openers.Count && server.Below(kind, Impatience) > 0) return;
        foreach (SiloId silo in openers) send(silo, new ProtocolMessage.ReleaseOpening(job, id, opening, evidence, readyFor, [.. ready.Values]));
    }

    /// <summary>What sites said about this very opening; for those in league with the servers, where they have said nothing, what the servers make up.</summary>
    private ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Said(CeremonyStep step, Digest opening, IEnumerable<SiloId> of, LyingServer server, Func<SiloId, byte[]> madeUp)
    {
        SortedDictionary<SiloId, StepAnswer> said = notes.Answers(id, contributions[0].Base, step);
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Builder answers = ImmutableSortedDictionary.CreateBuilder<SiloId, ReadOnlyMemory<byte>>();
        foreach (SiloId silo in of)
        {
            if (said.TryGetValue(silo, out StepAnswer? answer) && OpeningAnswer.OpeningOf(answer.Payload) == opening) answers.Add(silo, OpeningAnswer.AnswerOf(answer.Payload));
            else if (server.IsAlly(silo)) answers.Add(silo, madeUp(silo));
        }

        return answers.ToImmutable();
    }

    private StatedOpening State(LyingServer server, EncryptionContext context)
    {
        byte[] statement = server.ToyOf(notes.Plan.Job).State(context, new MemoryStream(sum, writable: false));
        _stated = new StatedSum(list.Content, [.. contributions.Select(static m => m.Silo)], statement, openers);
        return new StatedOpening(contributions, list.Hash, server.Publish(sum), server.Publish(statement), openers);
    }

    /// <summary>Ciphertexts added as an aggregator adds them.</summary>
    public static byte[] Add(IEnumerable<byte[]> uploads)
    {
        byte[] total = [];
        foreach (byte[] upload in uploads)
        {
            if (total.Length == 0) total = new byte[upload.Length];
            for (int i = 0; i + sizeof(ulong) <= total.Length; i += sizeof(ulong))
                BinaryPrimitives.WriteUInt64LittleEndian(total.AsSpan(i), ToyField.Add(BinaryPrimitives.ReadUInt64LittleEndian(total.AsSpan(i)), BinaryPrimitives.ReadUInt64LittleEndian(upload.AsSpan(i))));
        }

        return total;
    }
}
