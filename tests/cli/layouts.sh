# layouts.sh - which small data sets do the cases share?  (sourced; needs $ROOT, $RWDA; writes into the current folder)
# Two categories from the sample images, the same in MVTec's, VisA's and Sewer-ML's layout.

sample_categories='first second'
samples_of() { # CATEGORY good|defect -> file names
    case $1 in
    first) ls "$ROOT/samples/$2" | grep -E '^(capsule|circuit|cookie|grid|hex)' ;;
    second) ls "$ROOT/samples/$2" | grep -E '^(leather|mosaic|wood|zipper)' ;;
    esac
}
# capsule_dent.jpg -> dent
defect_type_of() { basename "$1" .jpg | sed -E 's/^(circuit_board|hex_nut|[a-z]+)_//'; }
copy() { mkdir -p "$(dirname "$2")" && cp "$1" "$2"; }
mask="$ROOT/tests/images/rgb.png" # masks are not opened here: any file will do

make_mvtec() { # DIR
    for c in $sample_categories; do
        for f in $(samples_of "$c" good); do copy "$ROOT/samples/good/$f" "$1/$c/test/good/$f"; done
        for f in $(samples_of "$c" defect); do
            copy "$ROOT/samples/defect/$f" "$1/$c/test/$(defect_type_of "$f")/000.jpg"
            copy "$mask" "$1/$c/ground_truth/$(defect_type_of "$f")/000_mask.png"
        done
    done
}

# A made-up mask for each anomaly of a category: a rectangle, drawn as a region of interest.
draw_masks() { # DIR/CATEGORY, of make_mvtec
    local image defect_type
    for image in "$1"/test/*/000.jpg; do
        defect_type=$(basename "$(dirname "$image")")
        "$RWDA" map --model demo --image-size 64 --quiet --mode crops --roi rect:30,40,50,60 --threshold 0.000001 --write mask -o drawn "$image" >/dev/null
        mv drawn/*.mask.png "$1/ground_truth/$defect_type/000_mask.png"
    done
}

# CR LF, as some copies have it; the defect types of `first` stand in its image_anno.csv, `second` has none.
make_visa() { # DIR
    mkdir -p "$1/split_csv"
    {
        printf 'object,split,label,image,mask\r\n'
        for c in $sample_categories; do
            i=0
            for f in $(samples_of "$c" good); do
                name=$(printf '%s/Data/Images/Normal/%04d.JPG' "$c" $i)
                copy "$ROOT/samples/good/$f" "$1/$name"
                printf '%s,test,normal,%s,\r\n' "$c" "$name"
                i=$((i + 1))
            done
            printf '%s,train,normal,%s/Data/Images/Normal/9999.JPG,\r\n' "$c" "$c" # not a test image: need not be there
            i=0
            for f in $(samples_of "$c" defect); do
                name=$(printf '%s/Data/Images/Anomaly/%03d.JPG' "$c" $i)
                copy "$ROOT/samples/defect/$f" "$1/$name"
                copy "$mask" "$1/$c/Data/Masks/Anomaly/$(printf '%03d' $i).png"
                printf '%s,test,anomaly,%s,%s/Data/Masks/Anomaly/%03d.png\r\n' "$c" "$name" "$c" $i
                i=$((i + 1))
            done
        done
    } >"$1/split_csv/1cls.csv"
    {
        echo image,label,mask
        i=0
        for f in $(samples_of first defect); do
            printf 'first/Data/Images/Anomaly/%03d.JPG,"%s%s",\n' $i "$(defect_type_of "$f")" "$([ $i -eq 0 ] && echo ',bent')"
            i=$((i + 1))
        done
    } >"$1/first/image_anno.csv"
}

# One folder a category, since Sewer-ML has no categories; every anomaly gets class OB, the first one RB too.
make_sewerml() { # DIR
    for c in $sample_categories; do
        mkdir -p "$1/$c"
        {
            printf '\357\273\277Filename,WaterLevel,VA,RB,OB,ND,Defect\n'
            i=0
            for f in $(samples_of "$c" good); do
                printf '%08d.png,0,1,0,0,1,0\n' $i
                copy "$ROOT/samples/good/$f" "$1/$c/$(printf '%08d' $i).png" # told apart by content, not by name
                i=$((i + 1))
            done
            first=1
            for f in $(samples_of "$c" defect); do
                printf '%08d.png,0,1,%d,1,0,1\n' $i $first
                copy "$ROOT/samples/defect/$f" "$1/$c/Val/$(printf '%08d' $i).jpg" # re-encoded copies end in .jpg
                i=$((i + 1)) first=0
            done
        } >"$1/$c/SewerML_Val.csv"
    done
}
