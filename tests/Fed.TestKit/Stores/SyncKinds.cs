namespace Fed.TestKit.Stores;

/// <summary>The two promises of a disk: that bytes are there, and that names are.</summary>
[Flags]
public enum SyncKinds
{
    /// <summary>Neither.</summary>
    None = 0,

    /// <summary>Bytes of files (fsync).</summary>
    Files = 1,

    /// <summary>Names in folders (fsync of the folder).</summary>
    Directories = 2,
}
