using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Host.Protection;

/// <summary>
/// A seal over all files of a job's ledger of shares (HMAC-SHA256), in the secret store beside them with the key that it is made with. It tells what was edited, lost or put back from an older copy, by accident or by somebody who may
/// write there and not read; who may read the store has the site's part of the key anyway. That all of it was taken out the site's journal tells.
/// </summary>
internal sealed class LedgerSeal
{
    private const int KeyBytes = 32, SealBytes = SHA256.HashSizeInBytes;

    private readonly ISecretStore _store;
    private readonly string _name;
    private readonly byte[] _key, _before, _after;

    private LedgerSeal(ISecretStore store, string name, byte[] key, byte[] before, byte[] after) => (_store, _name, _key, _before, _after) = (store, name, key, before, after);

    /// <summary>The seal as it is; one of an empty ledger where there is none.</summary>
    public static LedgerSeal Open(ISecretStore store, JobId job)
    {
        string name = $"{job}~ledger";
        if (store.Read(name) is { } bytes)
        {
            return StepSecrets.Parts(bytes) is [{ Length: KeyBytes } key, { Length: SealBytes } before, { Length: SealBytes } after]
                ? new LedgerSeal(store, name, key, before, after)
                : throw new InvalidDataException("the seal of the ledger of shares is damaged: nothing is opened with it");
        }

        byte[] made = RandomNumberGenerator.GetBytes(KeyBytes), empty = Over(made, []);
        return new LedgerSeal(store, name, made, empty, empty);
    }

    /// <summary>True for the files that it was made over, or, where a crash came between, those of before.</summary>
    /// <param name="files">Hash of each, in ordinal order of their names.</param>
    public bool Fits(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        byte[] seal = Over(_key, files);
        return CryptographicOperations.FixedTimeEquals(seal, _after) | CryptographicOperations.FixedTimeEquals(seal, _before);
    }

    /// <summary>Seals the files as they are, or will be next; durable on return.</summary>
    public void Write(IEnumerable<KeyValuePair<string, byte[]>> before, IEnumerable<KeyValuePair<string, byte[]>> after) => _store.Write(_name, StepSecrets.Join(_key, Over(_key, before), Over(_key, after)));

    private static byte[] Over(byte[] key, IEnumerable<KeyValuePair<string, byte[]>> files) =>
        HMACSHA256.HashData(key, StepSecrets.Join([.. files.SelectMany(static file => new[] { Encoding.UTF8.GetBytes(file.Key), file.Value })]));

    /// <inheritdoc/>
    public override string ToString() => "<redacted>";
}
