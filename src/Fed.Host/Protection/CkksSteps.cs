using System.Collections.Concurrent;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Crypto.Multiparty;

namespace Fed.Host.Protection;

/// <summary>
/// Wires the port of a collective key to the local steps of Fed.Crypto. What the port's bytes are is said here and nowhere else: parts behind their lengths (<see cref="StepSecrets.Join"/>). Terms are made
/// anew for each call from the plan, the roster's keys and what the site approved, so that no message of a server enters them.
/// </summary>
internal sealed partial class CkksSteps(ISigner signer, Func<NodeAddress, ReadOnlyMemory<byte>?> publicKeys) : ICollectiveEncryption
{
    private readonly CkksTerms _terms = new(signer, publicKeys);
    private readonly TranscriptSigner _transcript = new(signer);
    private readonly ConcurrentDictionary<Digest, VerifiedSum> _verified = [];   // by opening, from Verify to Share
}
