using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Protocol.Silo;

namespace Fed.Actors.Shell;

/// <content>The making of a collective key at a site. A step's answer is a blob, and what the step made is in the secret store, before the decider hears of it; asked again, both come out again.</content>
internal sealed partial class SiloShell
{
    private ICollectiveEncryption Encryption => Services.CollectiveEncryption ?? throw new InvalidOperationException("this site offers no collective key");

    /// <summary>A site's part of a key, as its ceremony's last step left it; null where it is not there, or not any more.</summary>
    internal byte[]? KeyPart(int epoch)
    {
        using KeySecrets? known = KeySecrets.Read(Secrets, KeySecrets.NameOf(Plan!.Job, epoch));
        return known?.Step == KeyStep.Accept ? known.Secrets.ToArray() : null;
    }

    /// <summary>Starts a step's work; false for work of another kind.</summary>
    private bool StartKeyWork(WorkItem item, IActorRef<SiloCommand> decider)
    {
        switch (item)
        {
            case WorkItem.TakeKeyStep take when take.Step == KeyStep.Enter:
                RunOnce(item.Id, Lane, decider, _ => Take(take, []));
                return true;
            case WorkItem.TakeKeyStep take:
                Fetch(take, decider);
                return true;
            case WorkItem.EraseKeys erase:
                RunOnce(item.Id, Lane, decider, _ => Erase(erase));
                return true;
            default:
                return false;
        }
    }

    private static Admission<SiloCommand> AdmitKey(NodeAddress from, ProtocolMessage message) => message switch
    {
        ProtocolMessage.AskKeyStep ask => Admission<SiloCommand>.Accept(new SiloCommand.AskKeyStep(ask.Epoch, ask.Step, ask.Holders, ask.Given)),
        ProtocolMessage.EndJob => Admission<SiloCommand>.Accept(new SiloCommand.EndJob()),
        _ => Admission<SiloCommand>.Unexpected(from, message),
    };

    private void Fetch(WorkItem.TakeKeyStep take, IActorRef<SiloCommand> decider)
    {
        string fetch = take.Id + "/fetch";
        if (!Begin(fetch)) return;
        Services.Bulk.FetchToMemory(NodeAddress.Job, take.Given, (bytes, failure) =>
        {
            Finish(fetch, decider, null);
            if (bytes is not null) RunOnce(take.Id, Lane, decider, _ => Take(take, bytes));
            else Services.Observer.Refused(Self, $"the answers for {take.Step} of epoch {take.Epoch} could not be fetched: {failure}");   // asked again
        });
    }

    private SiloCommand Take(WorkItem.TakeKeyStep take, byte[] given)
    {
        string name = KeySecrets.NameOf(Plan!.Job, take.Epoch);
        KeyContext context = KeyContext.Of(Plan, PlanHash, take.Epoch, take.Holders);
        using KeySecrets? known = KeySecrets.Read(Secrets, name);
        if (known?.Step == take.Step)
            return known.Given == take.Given && Services.Blobs.Contains(known.Answer) ? Made(take, context, known) : Impossible(take, "this step was taken with other answers of others");
        if (take.Step == KeyStep.Enter ? known is not null : known is null || known.Step != take.Step - 1) return Impossible(take, "the secrets of this epoch are not in the secret store");
        try
        {
            if (take.Step != KeyStep.Enter) Services.RequireApprovedKeys(Plan, take.Holders);   // whoever enters believes nobody yet
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers = CeremonyFrames.Read(given, int.MaxValue);
            (byte[] secrets, byte[] answer) = Encryption.TakeStep(context, take.Step, silo, known?.Secrets ?? [], answers);
            using KeySecrets taken = new(take.Step, take.Given, Services.Blobs.Store(answer), secrets);
            taken.Write(Secrets, name);
            return Made(take, context, taken);
        }
        catch (CeremonyException e)
        {
            return new SiloCommand.KeyStepImpossible(take.Epoch, take.Step, e.Message, e.Site);
        }
        catch (SecretErasedException erased)
        {
            return Impossible(take, erased.Message);
        }
    }

    private SiloCommand.KeyStepMade Made(WorkItem.TakeKeyStep take, KeyContext context, KeySecrets known)
    {
        if (take.Step != KeyStep.Accept) return new(take.Epoch, take.Step, take.Holders, take.Given, known.Answer, null);
        (Digest id, byte[] publicKey) = Encryption.PublicKeyOf(context, known.Secrets);
        return new(take.Epoch, take.Step, take.Holders, take.Given, known.Answer, new CollectiveKey(take.Epoch, id, Services.Blobs.Store(publicKey), take.Holders));
    }

    private static SiloCommand.KeyStepImpossible Impossible(WorkItem.TakeKeyStep take, string reason) => new(take.Epoch, take.Step, reason, null);

    private SiloCommand? Erase(WorkItem.EraseKeys erase)
    {
        string prefix = KeySecrets.NameOf(Plan!.Job, null);
        foreach (string name in Secrets.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
            if (int.Parse(name[prefix.Length..], CultureInfo.InvariantCulture) is var epoch && epoch <= erase.Newest && !erase.Needed.Contains(epoch)) Secrets.Erase(name);
        return Delete(erase.Blobs);
    }

    /// <summary>What the secret store holds of one epoch: the last step, what it was given and answered, and what the port keeps.</summary>
    private sealed record KeySecrets(KeyStep Step, Digest Given, Digest Answer, byte[] Secrets) : IDisposable
    {
        private const int HeadBytes = sizeof(int) + (2 * Digest.Size);

        /// <summary>The name of an epoch; without one, how such names begin.</summary>
        public static string NameOf(JobId job, int? epoch) => $"{job}~key~{epoch}";

        public static KeySecrets? Read(ISecretStore store, string name)
        {
            if (store.Read(name) is not { } bytes) return null;
            KeySecrets read = new(
                (KeyStep)BinaryPrimitives.ReadInt32LittleEndian(bytes), new Digest(bytes.AsSpan(sizeof(int), Digest.Size)), new Digest(bytes.AsSpan(sizeof(int) + Digest.Size, Digest.Size)), bytes[HeadBytes..]);
            CryptographicOperations.ZeroMemory(bytes);
            return read;
        }

        public void Write(ISecretStore store, string name)
        {
            byte[] bytes = new byte[HeadBytes + Secrets.Length];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)Step);
            Given.CopyTo(bytes.AsSpan(sizeof(int)));
            Answer.CopyTo(bytes.AsSpan(sizeof(int) + Digest.Size));
            Secrets.CopyTo(bytes, HeadBytes);
            store.Write(name, bytes);
            CryptographicOperations.ZeroMemory(bytes);
        }

        public void Dispose() => CryptographicOperations.ZeroMemory(Secrets);

        public override string ToString() => "<redacted>";
    }
}
