using System.Security.Cryptography;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>A key under which blobs of a store are encrypted. Each upload has one of its own, derived from it.</summary>
/// <param name="id">Its name in the database.</param>
/// <param name="bytes">32 bytes.</param>
/// <param name="isOwn">True where this process has made it: then nobody else can have written what opens under it but nodes of the role.</param>
internal sealed class BlobKey(Guid id, byte[] bytes, bool isOwn)
{
    public const int Bytes = 32;

    public Guid Id => id;

    public bool IsOwn => isOwn;

    public ReadOnlySpan<byte> Secret => bytes;

    public static BlobKey New() => new(Guid.NewGuid(), RandomNumberGenerator.GetBytes(Bytes), isOwn: true);

    public override string ToString() => "<redacted>";
}
