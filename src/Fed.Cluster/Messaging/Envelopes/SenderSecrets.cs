using System.Security.Cryptography;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>
/// A sender's ephemeral key and the secrets that it shares with recipients, for some envelopes and some time: agreeing on a secret costs more than all else of an envelope. Each envelope draws a salt, so that every wrap has a key of its
/// own all the same (docs/adr/0017). Thread-safe.
/// </summary>
internal sealed class SenderSecrets
{
    private const int UsesMax = 1_000;
    private const long MillisecondsMax = 10_000;

    private readonly Lock _gate = new();
    private Ephemeral _present = new();

    /// <summary>The ephemeral key for the next envelope.</summary>
    public Ephemeral Next()
    {
        lock (_gate)
        {
            if (++_present.Uses > UsesMax || Environment.TickCount64 - _present.Made > MillisecondsMax) _present = new Ephemeral { Uses = 1 };   // who still wraps with the one before keeps it
            return _present;
        }
    }

    /// <summary>One of them. What it holds goes with it.</summary>
    public sealed class Ephemeral
    {
        private readonly ECDiffieHellman _key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        private readonly Dictionary<Digest, byte[]> _secrets = [];

        public Ephemeral() => EncryptionKey.ExportPoint(_key, Point);

        /// <summary>Its public half.</summary>
        public byte[] Point { get; } = new byte[EnvelopeForm.PointBytes];

        public long Made { get; } = Environment.TickCount64;

        public int Uses { get; set; }

        /// <summary>What it shares with a recipient: 32 bytes, not to be changed.</summary>
        public byte[] With(CertifiedKey recipient)
        {
            lock (_secrets)
            {
                if (!_secrets.TryGetValue(recipient.KeyId, out byte[]? secret)) _secrets[recipient.KeyId] = secret = ContentKeys.Agree(_key, recipient);
                return secret;
            }
        }
    }
}
