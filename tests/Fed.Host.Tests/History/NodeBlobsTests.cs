using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Shell;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Host.History;
using Fed.Host.Tests.Cluster;
using Xunit;

namespace Fed.Host.Tests.History;

/// <summary>Blobs of a federation in a real database, hashed again.</summary>
public sealed class NodeBlobsTests : IClassFixture<DeskFixture>
{
    private readonly DeskFixture _desk;

    public NodeBlobsTests(DeskFixture desk)
    {
        _desk = desk;
        desk.Empty();
    }

    [Fact]
    public void Blob_in_the_database_that_is_damaged_or_missing_is_a_finding_and_a_whole_one_is_none()
    {
        PostgresBlobStore written = _desk.Blobs(epoch: 1);
        Digest whole = written.Store(Encoding.UTF8.GetBytes("whole")), damaged = written.Store(Encoding.UTF8.GetBytes("a blob")), missing = Digest.Of("nowhere"u8);
        _desk.Execute($"UPDATE fed.pieces p SET bytes = set_byte(p.bytes, 0, get_byte(p.bytes, 0) # 1) FROM fed.blobs b WHERE b.upload = p.upload AND b.hash = '\\x{damaged}'");
        foreach (PostgresBlobStore read in (PostgresBlobStore[])[written, _desk.Blobs(epoch: 2)])   // under a key that it made itself, and one that the database gave it
        {
            NodeBlobs blobs = new([read]);
            Assert.Null(blobs.Verify(whole));
            Assert.Contains($"as blob {damaged} of coordinator is something else, or was changed; restore the database from a backup", blobs.Verify(damaged), StringComparison.Ordinal);
            Assert.Contains($"blob {missing} of coordinator is not in ", blobs.Verify(missing), StringComparison.Ordinal);
        }
    }
}
