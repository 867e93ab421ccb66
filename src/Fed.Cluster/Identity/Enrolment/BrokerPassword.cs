using System.Security.Cryptography;
using Fed.Cluster.Messaging.RabbitMq;

namespace Fed.Cluster.Identity.Enrolment;

/// <summary>
/// A node's password at the broker: 256 random bits, made at the node, in a file for its owner only. Its salted hash goes with the enrolment request into the broker's definitions, so that nobody has to hand a password to anybody.
/// </summary>
public static class BrokerPassword
{
    /// <summary>Bytes of a hash as the broker stores it: a salt of 4 and a SHA-256.</summary>
    public const int HashBytes = 36;

    private const int PasswordBytes = 32;

    /// <summary>Reads the password, or makes one where there is no file.</summary>
    /// <exception cref="KeyFileException">The file is readable by others, or empty.</exception>
    public static string LoadOrCreate(string path)
    {
        if (!File.Exists(path)) KeyFiles.WriteSecret(path, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PasswordBytes)) + "\n");
        return KeyFiles.ReadSecret(path);
    }

    /// <summary>Its hash for the broker, with a salt of its own each time.</summary>
    public static byte[] Hash(string password) => Convert.FromBase64String(BrokerDefinitions.HashPassword(password));
}
